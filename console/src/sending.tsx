import { useEffect, useRef, useState } from "preact/hooks";
import type { Usage } from "./service.ts";
import type { Sending as One, Uploads } from "./uploading.ts";
import { duration, percent, size } from "./words.ts";

const LIVES: [seconds: number, words: string][] = [
  [3_600, "an hour"],
  [86_400, "a day"],
  [604_800, "7 days"],
  [2_592_000, "30 days"],
];

interface Props {
  uploads: Uploads;
  usage: Usage | null;
  cancel: (key: number) => void;
  notify: (text: string) => void;
}

/** Where files are dropped or chosen, and what becomes of them. */
export function Sending({ uploads, usage, cancel, notify }: Props) {
  const [purpose, setPurpose] = useState("batch");
  const [seconds, setSeconds] = useState(2_592_000);
  const [isOver, setOver] = useState(false);
  const chooser = useRef<HTMLInputElement>(null);
  const limits = usage?.limits.purposes ?? { [purpose]: undefined };
  const most = limits[purpose];

  function take(files: FileList | null | undefined) {
    if (files?.length) uploads.add(files, purpose, seconds);
    if (chooser.current) chooser.current.value = "";
  }

  function dropped(transfer: DataTransfer | null) {
    const items = Array.from(transfer?.items ?? []);
    if (items.some((item) => item.webkitGetAsEntry()?.isDirectory)) {
      return notify("A folder cannot be dropped: open it, and drop its files.");
    }
    take(transfer?.files);
  }

  useEffect(() => {
    // A file that misses the box would replace the page.
    const ignore = (event: Event) => event.preventDefault();
    addEventListener("dragover", ignore);
    addEventListener("drop", ignore);
    return () => {
      removeEventListener("dragover", ignore);
      removeEventListener("drop", ignore);
    };
  }, []);

  return (
    <section aria-labelledby="sending-title">
      <h2 id="sending-title" tabIndex={-1}>
        Upload
      </h2>
      <div
        class={isOver ? "drop over" : "drop"}
        onDragOver={(event) => (event.preventDefault(), setOver(true))}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          dropped(event.dataTransfer);
        }}
      >
        <p>
          <label class="button primary" for="chooser">
            Choose files
          </label>
          <input
            id="chooser"
            ref={chooser}
            type="file"
            multiple
            onChange={(event) => take(event.currentTarget.files)}
          />{" "}
          or drop them here{most !== undefined && <>, up to {size(most)} each</>}.
        </p>
        <p class="choices">
          <label>
            Purpose{" "}
            <select value={purpose} onChange={(event) => setPurpose(event.currentTarget.value)}>
              {Object.keys(limits).map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          </label>
          <label>
            Kept for{" "}
            <select
              value={seconds}
              onChange={(event) => setSeconds(Number(event.currentTarget.value))}
            >
              {LIVES.map(([life, words]) => (
                <option key={life} value={life}>
                  {words}
                </option>
              ))}
            </select>
          </label>
        </p>
      </div>
      {uploads.all.length > 0 && (
        <ul class="sending" aria-label="Files being uploaded">
          {uploads.all.map((one) => (
            <Row key={one.key} one={one} uploads={uploads} cancel={cancel} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Row({ one, uploads, cancel }: Pick<Props, "uploads" | "cancel"> & { one: One }) {
  const { file, loaded, status, key } = one;
  const name = file.name;
  const next = nextOf(one, uploads);
  return (
    <li class={status}>
      <p class="name">{name}</p>
      <progress value={loaded} max={Math.max(1, file.size)} aria-label={`Upload of ${name}`} />
      <p class="state">{words(one)}</p>
      <div class="buttons">
        {next && (
          <button onClick={next.act} aria-label={`${next.words} ${name}`}>
            {next.label}
          </button>
        )}
        <button onClick={() => cancel(key)} aria-label={endOf(one)}>
          {status === "done" ? "Clear" : "Cancel"}
        </button>
      </div>
    </li>
  );
}

/** What one button does in turn, so that it keeps the focus. */
function nextOf({ key, status, canRetry }: One, uploads: Uploads) {
  const resume = () => uploads.resume(key);
  if (status === "paused") return { label: "Resume", words: "Resume", act: resume };
  if (status === "done" || (status === "failed" && !canRetry)) return null;
  if (status === "failed") return { label: "Try again", words: "Try again with", act: resume };
  return { label: "Pause", words: "Pause", act: () => uploads.pause(key) };
}

function endOf({ file, status }: One): string {
  return status === "done" ? `Clear ${file.name} from this list` : `Cancel ${file.name}`;
}

function words({ status, file, loaded, rate, message }: One): string {
  const part = `${percent(loaded, file.size)} % of ${size(file.size)}`;
  switch (status) {
    case "waiting":
      return navigator.onLine ? "Waiting for its turn" : "Waiting for a connection";
    case "paused":
      return `Paused at ${part}`;
    case "failed":
      return message;
    case "done":
      return `Uploaded, ${size(file.size)}`;
    default:
      if (loaded >= file.size && file.size > 0) return "Joining its parts…";
      if (rate === 0) return part;
      return `${part}, ${size(rate)}/s, ${duration((file.size - loaded) / rate)} left`;
  }
}
