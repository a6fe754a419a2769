import { useState } from "preact/hooks";
import type { StoredFile } from "./service.ts";
import { at, files as counted, fromNow, size } from "./words.ts";

type Column = "filename" | "purpose" | "bytes" | "created_at" | "expires_at";
const COLUMNS: [Column, string][] = [
  ["filename", "Name"],
  ["purpose", "Purpose"],
  ["bytes", "Size"],
  ["created_at", "Created"],
  ["expires_at", "Expires"],
];
const PURPOSES = ["batch", "fine-tune", "batch-output"];

interface Props {
  files: StoredFile[];
  hasMore: boolean;
  isLoading: boolean;
  purpose: string;
  now: number;
  setPurpose: (purpose: string) => void;
  more: () => void;
  download: (file: StoredFile) => void;
  copy: (file: StoredFile) => void;
  remove: (file: StoredFile) => void;
}

/** The files that were loaded, sorted and found by what is typed. */
export function Files(props: Props) {
  const { files, hasMore, isLoading, purpose, now } = props;
  const [column, setColumn] = useState<Column>("created_at");
  const [isDescending, setDescending] = useState(true);
  const [wanted, setWanted] = useState("");
  const alive = files.filter((file) => file.expires_at > now);
  const found = alive.filter(({ filename, id }) => matches(`${filename} ${id}`, wanted));
  const shown = found.sort(by(column, isDescending));

  function sortBy(chosen: Column) {
    setDescending(chosen === column ? !isDescending : false);
    setColumn(chosen);
  }

  return (
    <section aria-labelledby="files-title">
      <div class="title">
        <h2 id="files-title">Files</h2>
        <label>
          Purpose{" "}
          <select value={purpose} onChange={(event) => props.setPurpose(event.currentTarget.value)}>
            <option value="">all</option>
            {PURPOSES.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <label>
          Find{" "}
          <input
            type="search"
            value={wanted}
            placeholder="name or id"
            onInput={(event) => setWanted(event.currentTarget.value)}
          />
        </label>
      </div>
      {shown.length > 0 ? (
        <table>
          <thead>
            <tr>
              {COLUMNS.map(([one, words]) => (
                <th key={one} scope="col" aria-sort={direction(one === column, isDescending)}>
                  <button onClick={() => sortBy(one)}>{words}</button>
                </th>
              ))}
              <th scope="col">
                <span class="unseen">What can be done</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((file) => (
              <Row key={file.id} file={file} {...props} />
            ))}
          </tbody>
        </table>
      ) : (
        <p class="empty">{isLoading ? "Loading…" : none(alive.length, purpose)}</p>
      )}
      {(hasMore || wanted) && (
        <p class="more">
          {counted(shown.length)} shown of {counted(alive.length)} loaded.{" "}
          {hasMore && (
            <button onClick={props.more} disabled={isLoading}>
              Load more
            </button>
          )}
        </p>
      )}
    </section>
  );
}

function Row({ file, now, download, copy, remove }: Props & { file: StoredFile }) {
  const { filename, id } = file;
  return (
    <tr>
      <th scope="row">
        <span class="name">{filename}</span>
        <code>{id}</code>
      </th>
      <td>{file.purpose}</td>
      <td class="number" title={`${file.bytes} bytes`}>
        {size(file.bytes)}
      </td>
      <td title={at(file.created_at)}>{fromNow(file.created_at, now)}</td>
      <td title={at(file.expires_at)}>{fromNow(file.expires_at, now)}</td>
      <td>
        <div class="buttons">
          <button onClick={() => download(file)} aria-label={`Download ${filename}`}>
            Download
          </button>
          <button onClick={() => copy(file)} aria-label={`Copy id of ${filename}`}>
            Copy id
          </button>
          <button class="danger" onClick={() => remove(file)} aria-label={`Delete ${filename}`}>
            Delete
          </button>
        </div>
      </td>
    </tr>
  );
}

function matches(text: string, wanted: string): boolean {
  return text.toLowerCase().includes(wanted.trim().toLowerCase());
}

function by(column: Column, isDescending: boolean) {
  const sign = isDescending ? -1 : 1;
  return (one: StoredFile, other: StoredFile) => {
    const [a, b] = [one[column], other[column]];
    const order = typeof a === "string" ? a.localeCompare(String(b)) : a - Number(b);
    return sign * (order || one.id.localeCompare(other.id));
  };
}

function direction(isChosen: boolean, isDescending: boolean) {
  if (!isChosen) return "none";
  return isDescending ? "descending" : "ascending";
}

function none(count: number, purpose: string): string {
  if (count > 0) return "No file is called so.";
  return purpose ? `No file has the purpose ${purpose}.` : "No files yet. Drop one above.";
}
