import { useEffect, useState } from "preact/hooks";
import { forgetUploads } from "../../clients/js/larder.js";
import { Files } from "./files.tsx";
import { focusOn } from "./focus.ts";
import { type Asked, Question } from "./question.tsx";
import { Sending } from "./sending.tsx";
import {
  type Client,
  cancelUpload,
  contentUrl,
  deleteFile,
  type StoredFile,
  storageOf,
} from "./service.ts";
import { Unfinished } from "./unfinished.tsx";
import { Usage } from "./usage.tsx";
import { useNotice } from "./notice.ts";
import { useStored, useUploads } from "./watching.ts";
import { at } from "./words.ts";

/** What an owner sees and does. */
export function Workspace({ client, leave }: { client: Client; leave: (reason: string) => void }) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const [notice, notify] = useNotice();
  const stored = useStored(client, leave);
  const uploads = useUploads(client, {
    reserved: () => void stored.reload(),
    stored: (file) => notify(`${file.filename} is uploaded.`),
    failed: (file, error) => stored.failed(error, (message) => notify(`${file.name}: ${message}`)),
  });
  const elsewhere = stored.pending.filter(({ id }) => !uploads.has(id));

  useEffect(() => {
    focusOn("title");
    const warn = (event: BeforeUnloadEvent) => uploads.isBusy && event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [uploads]);

  async function act(work: () => Promise<unknown>, done = "") {
    stored.forgetProblem();
    try {
      await work();
      if (done) notify(done);
    } catch (error) {
      stored.failed(error);
    }
  }

  function ask(question: string, yes: string, work: () => unknown) {
    setAsked({ question, yes, act: () => void work() });
  }

  function download(file: StoredFile) {
    const work = async () => open(await contentUrl(client, file.id));
    void act(work, `The download of ${file.filename} has begun.`);
  }

  function copy(file: StoredFile) {
    void act(() => navigator.clipboard.writeText(file.id), `Copied ${file.id}.`);
  }

  function remove({ id, filename, created_at }: StoredFile) {
    const work = () => deleteFile(client, id).finally(stored.reload);
    const which = `${filename} (${id}, of ${at(created_at)})`;
    ask(`Delete ${which}? It cannot be brought back.`, "Delete", () =>
      act(work, `${filename} is deleted.`).then(() => focusOn("files-title")),
    );
  }

  function cancel({ id, filename }: { id: string; filename: string }) {
    const question = `Cancel the upload of ${filename}? What has been sent of it is lost.`;
    const work = () => cancelUpload(client, id).finally(stored.reload);
    ask(question, "Cancel upload", () =>
      act(work, `The upload of ${filename} is cancelled.`).then(() => focusOn("sending-title")),
    );
  }

  function forgetKey() {
    const forget = () => {
      uploads.stop();
      const storage = storageOf("localStorage");
      if (storage) void forgetUploads(storage); // they name the owner and files
      leave("");
    };
    if (!uploads.isBusy) return forget();
    const question = "Forget the key? Files are being uploaded, and would have to begin anew.";
    ask(question, "Forget key", forget);
  }

  return (
    <>
      <header>
        <h1 id="title" tabIndex={-1}>
          Larder
        </h1>
        <p>{stored.usage?.owner}</p>
        <button onClick={forgetKey}>Forget key</button>
      </header>
      <main>
        <p class={stored.problem ? "wrong" : "unseen"} role="alert">
          {stored.problem}
        </p>
        {stored.usage && <Usage usage={stored.usage} />}
        <Sending
          uploads={uploads}
          usage={stored.usage}
          cancel={(key) => {
            void act(() => uploads.cancel(key));
            focusOn("sending-title");
          }}
          notify={notify}
        />
        <Unfinished uploads={elsewhere} now={stored.now} cancel={cancel} />
        <Files {...stored} download={download} copy={copy} remove={remove} />
      </main>
      <p class="notice" role="status">
        {notice && <span key={notice.number}>{notice.text}</span>}
      </p>
      <Question asked={asked} closed={() => setAsked(null)} />
    </>
  );
}

/** Opens what is answered as an attachment beside the page, so that no error of S3's replaces it. */
function open(url: string): void {
  const link = Object.assign(document.createElement("a"), { href: url, target: "_blank" });
  link.rel = "noopener";
  link.click();
}
