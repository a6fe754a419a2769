/** What the page knows of the service, kept up to date. */
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { atMostEvery, oneAtATime } from "./reloading.ts";
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
import { type Listener, Uploads } from "./uploading.ts";

const RELOAD_MILLISECONDS = 60_000;
const BETWEEN_RELOADS_MILLISECONDS = 1_000;
const REDRAW_MILLISECONDS = 100;
const TICK_MILLISECONDS = 10_000;
const MORE_FILES = 1_000;

/** What was read of the service at one moment. */
interface Stored {
  usage: Usage | null;
  files: StoredFile[];
  hasMore: boolean;
  pending: PendingUpload[];
  /** When that was, in seconds since 1970. */
  now: number;
}

const NOTHING: Stored = { usage: null, files: [], hasMore: false, pending: [], now: 0 };

/** Usage, files and unfinished uploads: read when asked to, every minute, and on coming back. */
export function useStored(client: Client, leave: (reason: string) => void) {
  const [stored, setStored] = useState(NOTHING);
  const [purpose, setPurpose] = useState("");
  const [isLoading, setLoading] = useState(true);
  const [unreadable, setUnreadable] = useState("");
  const [problem, setProblem] = useState("");
  const count = useRef(MORE_FILES);
  const now = useNow(stored.now);

  const failed = useCallback((error: unknown, tell: (message: string) => void = setProblem) => {
    if (isWrongKey(error)) leave("The service does not know this key any more.");
    else tell(messageOf(error));
  }, []);

  const reading = useMemo(() => {
    let isOver = false; // another key, or another purpose: what is answered then is of no use
    async function read() {
      setLoading(true);
      try {
        const [usage, listed, pending] = await Promise.all([
          usageOf(client),
          filesOf(client, purpose, count.current),
          pendingUploadsOf(client),
        ]);
        if (isOver) return;
        setStored({ usage, ...listed, pending, now: Date.now() / 1000 });
        setUnreadable("");
      } catch (error) {
        if (!isOver) failed(error, setUnreadable);
      }
      if (!isOver) setLoading(false);
    }
    const end = () => (isOver = true);
    return { reload: oneAtATime(read, BETWEEN_RELOADS_MILLISECONDS), end };
  }, [client, purpose]);

  useEffect(() => {
    void reading.reload();
    const onReturn = () => document.visibilityState === "visible" && void reading.reload();
    const timer = setInterval(onReturn, RELOAD_MILLISECONDS);
    document.addEventListener("visibilitychange", onReturn);
    return () => {
      reading.end();
      clearInterval(timer);
      document.removeEventListener("visibilitychange", onReturn);
    };
  }, [reading]);

  function more() {
    count.current = stored.files.length + MORE_FILES;
    void reading.reload();
  }

  function forgetProblem() {
    setProblem("");
  }

  const told = { problem: problem || unreadable, failed, forgetProblem };
  return { ...stored, ...told, now, reload: reading.reload, isLoading, purpose, setPurpose, more };
}

/** The uploads of this page, which go on by themselves when the connection is back. */
export function useUploads(client: Client, on: Omit<Listener, "changed">): Uploads {
  const [, redraw] = useState(0);
  const latest = useRef(on);
  latest.current = on;
  const uploads = useMemo(() => {
    const changed = atMostEvery(REDRAW_MILLISECONDS, () => redraw((count) => count + 1));
    return new Uploads(client, {
      changed,
      reserved: () => latest.current.reserved(),
      stored: (file) => latest.current.stored(file),
      failed: (file, error) => latest.current.failed(file, error),
    });
  }, [client]);

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

/** The time of every ten seconds, and of the last reading. */
function useNow(latest: number): number {
  const [now, setNow] = useState(() => Date.now() / 1000);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now() / 1000), TICK_MILLISECONDS);
    return () => clearInterval(timer);
  }, []);
  return Math.max(now, latest);
}
