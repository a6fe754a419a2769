import { useEffect, useRef, useState } from "preact/hooks";
import { baseURL, type Client, isWrongKey, messageOf, usageOf } from "./service.ts";

/** Asks for a key, and tries it. */
export function SignIn({ reason, opened }: { reason: string; opened: (client: Client) => void }) {
  const [wrong, setWrong] = useState(reason);
  const [isTrying, setTrying] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);

  async function submit(event: Event) {
    event.preventDefault();
    const apiKey = keyIn(field.current?.value ?? "");
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
          It is sent to this service alone, and stays in this tab until you close it or choose Forget key.
        </p>
        <button type="submit" class="primary" disabled={isTrying}>
          {isTrying ? "Opening…" : "Open"}
        </button>
      </form>
    </main>
  );
}

/** What was pasted may be a whole header. */
function keyIn(text: string): string {
  return text.trim().replace(/^(Authorization:\s*)?Bearer\s+/i, "");
}
