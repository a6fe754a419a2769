import { useRef, useState } from "preact/hooks";
import { baseURL, type Client, isWrongKey, messageOf, usageOf } from "./service.ts";

/** Asks for a key, and tries it. */
export function SignIn({ reason, opened }: { reason: string; opened: (client: Client) => void }) {
  const [wrong, setWrong] = useState(reason);
  const [isTrying, setTrying] = useState(false);
  const field = useRef<HTMLInputElement>(null);

  async function submit(event: Event) {
    event.preventDefault();
    const apiKey = field.current?.value.trim() ?? "";
    if (!apiKey) return refuse("Paste your API key.");
    setTrying(true);
    try {
      const client = { baseURL, apiKey };
      await usageOf(client);
      opened(client);
    } catch (error) {
      refuse(isWrongKey(error) ? "The service does not know this key." : messageOf(error));
      setTrying(false);
    }
  }

  function refuse(message: string) {
    setWrong(message);
    field.current?.focus();
  }

  return (
    <main class="sign-in">
      <h1>Larder</h1>
      <form onSubmit={submit} noValidate>
        <label for="key">API key</label>
        <input
          id="key"
          ref={field}
          type="password"
          autoComplete="off"
          spellcheck={false}
          aria-describedby="key-note key-wrong"
          aria-invalid={wrong !== ""}
          placeholder="sk-larder-…"
        />
        <p id="key-wrong" class="wrong" role="alert">
          {wrong}
        </p>
        <p id="key-note" class="note">
          It stays in this tab, is sent to this service alone, and is gone when you close the tab.
        </p>
        <button type="submit" class="primary" disabled={isTrying}>
          {isTrying ? "Opening…" : "Open"}
        </button>
      </form>
    </main>
  );
}
