import { useLayoutEffect, useState } from "preact/hooks";
import { baseURL, type Client, keyOfTab } from "./service.ts";
import { SignIn } from "./sign-in.tsx";
import { Workspace } from "./workspace.tsx";

/** The whole page: without a key it asks for one. */
export function App() {
  const [client, setClient] = useState<Client | null>(clientOfTab);
  const [reason, setReason] = useState("");

  // Before anything is drawn: whoever sees that the key is asked for sees it forgotten.
  useLayoutEffect(() => {
    if (client) keyOfTab.keep(client.apiKey);
    else keyOfTab.forget();
  }, [client]);

  if (client === null) return <SignIn reason={reason} opened={setClient} />;
  function leave(why: string) {
    setReason(why);
    setClient(null);
  }
  return <Workspace client={client} leave={leave} />;
}

function clientOfTab(): Client | null {
  const apiKey = keyOfTab.read();
  return apiKey === null ? null : { baseURL, apiKey };
}
