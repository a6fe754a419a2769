/** What the page knows of the service, kept up to date. */
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import {
  type Client,
  filesOf,
  isWrongKey,
  messageOf,
  type PendingUpload,
  pendingUploadsOf,
  type StoredFile,
  type Usage,
  usageOf,
} from "./service.ts";
import { Uploads } from "./uploading.ts";

const RELOAD_MILLISECONDS = 60_000;
const TICK_MILLISECONDS = 1_000;

/** Usage, files and unfinished uploads: read when asked to, every minute, and on coming back. */
export function useStored(client: Client, leave: (why: string) => void) {
  const [usage, setUsage] = useState<Usage | null>(null);
  const [files, setFiles] = useState<StoredFile[]>([]);
  const [hasMore, setHasMore] = useState(false);
  const [pending, setPending] = useState<PendingUpload[]>([]);
  const [purpose, setPurpose] = useState("");
  const [isLoading, setLoading] = useState(true);
  const [problem, setProblem] = useState("");
  const latest = useRef(0);
  const now = useNow();

  const failed = useCallback((error: unknown) => {
    if (isWrongKey(error)) leave("The service does not know this key any more.");
    else setProblem(messageOf(error));
  }, []);

  const reload = useCallback(async () => {
    const number = ++latest.current; // an answer that was overtaken is old
    setLoading(true);
    try {
      const asked = [usageOf(client), filesOf(client, purpose), pendingUploadsOf(client)] as const;
      const [newUsage, page, newPending] = await Promise.all(asked);
      if (number !== latest.current) return;
      setUsage(newUsage);
      setFiles(page.data);
      setHasMore(page.has_more);
      setPending(newPending);
      setProblem("");
    } catch (error) {
      if (number === latest.current) failed(error);
    }
    setLoading(false);
  }, [client, purpose]);

  async function more() {
    const number = ++latest.current;
    setLoading(true);
    try {
      const page = await filesOf(client, purpose, files.at(-1)?.id);
      if (number !== latest.current) return;
      setFiles([...files, ...page.data]);
      setHasMore(page.has_more);
    } catch (error) {
      if (number === latest.current) failed(error);
    }
    setLoading(false);
  }

  useEffect(() => {
    void reload();
    const onReturn = () => document.visibilityState === "visible" && void reload();
    const timer = setInterval(onReturn, RELOAD_MILLISECONDS);
    document.addEventListener("visibilitychange", onReturn);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", onReturn);
    };
  }, [reload]);

  const listed = { files, hasMore, isLoading, purpose, setPurpose, more: () => void more() };
  return { usage, pending, problem, now, failed, reload, ...listed };
}

/** The uploads of this page, which go on by themselves when the connection is back. */
export function useUploads(
  client: Client,
  reload: () => Promise<void>,
  notify: (file: StoredFile) => void,
): Uploads {
  const [, redraw] = useState(0);
  const latest = useRef({ notify, reload });
  latest.current = { notify, reload };
  const uploads = useMemo(
    () =>
      new Uploads(client, {
        changed: () => redraw((count) => count + 1),
        reserved: () => void latest.current.reload(),
        stored: (file) => latest.current.notify(file),
      }),
    [client],
  );

  useEffect(() => {
    const online = () => uploads.resumeLost();
    addEventListener("online", online);
    return () => {
      removeEventListener("online", online);
      uploads.stop();
    };
  }, [uploads]);
  return uploads;
}

function useNow(): number {
  const [now, setNow] = useState(() => Date.now() / 1000);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now() / 1000), TICK_MILLISECONDS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
