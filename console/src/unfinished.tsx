import type { PendingUpload } from "./service.ts";
import { at, fromNow, size } from "./words.ts";

interface Props {
  uploads: PendingUpload[];
  now: number;
  cancel: (upload: PendingUpload) => void;
}

/** Uploads that reserve their bytes and are not files yet, from here or elsewhere. */
export function Unfinished({ uploads, now, cancel }: Props) {
  if (uploads.length === 0) return null;
  return (
    <section aria-labelledby="unfinished-title">
      <h2 id="unfinished-title">Unfinished uploads</h2>
      <p class="note">
        Each holds its bytes of the quota until it is finished, cancelled or at its end. To go on with
        one from this browser, choose the same file above.
      </p>
      <ul class="unfinished">
        {uploads.map((upload) => (
          <li key={upload.id}>
            <p class="name">{upload.filename}</p>
            <p class="state" title={at(upload.expires_at)}>
              {size(upload.bytes)}, {upload.purpose}, begun {fromNow(upload.created_at, now)}, ends{" "}
              {fromNow(upload.expires_at, now)}
            </p>
            <div class="buttons">
              <button
                class="danger"
                onClick={() => cancel(upload)}
                aria-label={`Cancel the upload of ${upload.filename}`}
              >
                Cancel
              </button>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
