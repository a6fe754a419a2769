import { useRef, useState } from "preact/hooks";
import type { Usage } from "./service.ts";
import type { Sending as One, Uploads } from "./uploading.ts";
import { duration, percent, size } from "./words.ts";

const PURPOSES = ["batch", "fine-tune"];
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
}

/** Where files are dropped or chosen, and what becomes of them. */
export function Sending({ uploads, usage, cancel }: Props) {
  const [purpose, setPurpose] = useState("batch");
  const [seconds, setSeconds] = useState(2_592_000);
  const [isOver, setOver] = useState(false);
  const chooser = useRef<HTMLInputElement>(null);
  const { limits } = usage ?? {};
  const most = purpose === "batch" ? limits?.batch_bytes : limits?.file_bytes;

  function take(files: FileList | null | undefined) {
    if (files?.length) uploads.add(files, purpose, seconds);
    if (chooser.current) chooser.current.value = "";
  }

  return (
    <section aria-labelledby="sending-title">
      <h2 id="sending-title">Upload</h2>
      <div
        class={isOver ? "drop over" : "drop"}
        onDragOver={(event) => (event.preventDefault(), setOver(true))}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          take(event.dataTransfer?.files);
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
              {PURPOSES.map((one) => (
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

function Row({ one, uploads, cancel }: Omit<Props, "usage"> & { one: One }) {
  const { key, file, status, loaded } = one;
  const name = file.name;
  const isMoving = status === "sending" || status === "waiting";
  return (
    <li class={status}>
      <p class="name">{name}</p>
      <progress value={loaded} max={Math.max(1, file.size)} aria-label={`Upload of ${name}`} />
      <p class="state">{words(one)}</p>
      <div class="buttons">
        {isMoving && (
          <button onClick={() => uploads.pause(key)} aria-label={`Pause ${name}`}>
            Pause
          </button>
        )}
        {status === "paused" && (
          <button onClick={() => uploads.resume(key)} aria-label={`Resume ${name}`}>
            Resume
          </button>
        )}
        {status === "failed" && (
          <button onClick={() => uploads.resume(key)} aria-label={`Try again with ${name}`}>
            Try again
          </button>
        )}
        <button onClick={() => cancel(key)} aria-label={endOf(one)}>
          {status === "done" ? "Clear" : "Cancel"}
        </button>
      </div>
    </li>
  );
}

function endOf({ file, status }: One): string {
  return status === "done" ? `Clear ${file.name} from this list` : `Cancel ${file.name}`;
}

function words({ status, file, loaded, rate, message }: One): string {
  const part = `${percent(loaded, file.size)} % of ${size(file.size)}`;
  switch (status) {
    case "waiting":
      return "Waiting for its turn";
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
