import { useEffect, useState } from "preact/hooks";
import { Files } from "./files.tsx";
import { type Asked, Question } from "./question.tsx";
import { Sending } from "./sending.tsx";
import { type Client, cancelUpload, contentUrl, deleteFile, type StoredFile } from "./service.ts";
import { Unfinished } from "./unfinished.tsx";
import { Usage } from "./usage.tsx";
import { useStored, useUploads } from "./watching.ts";

const NOTICE_MILLISECONDS = 8_000;

/** What an owner sees and does. */
export function Workspace({ client, leave }: { client: Client; leave: (why: string) => void }) {
  const [notice, setNotice] = useState("");
  const [asked, setAsked] = useState<Asked | null>(null);
  const stored = useStored(client, leave);
  const uploads = useUploads(client, stored.reload, (file) => setNotice(`${file.filename} is uploaded.`));
  const elsewhere = stored.pending.filter(({ id }) => !uploads.has(id));

  useEffect(() => {
    const timer = setTimeout(() => setNotice(""), NOTICE_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [notice]);

  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => uploads.isBusy && event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [uploads]);

  async function act(work: () => Promise<unknown>, done: string) {
    try {
      await work();
      setNotice(done);
    } catch (error) {
      stored.failed(error);
    }
  }

  async function download(file: StoredFile) {
    await act(async () => {
      location.assign(await contentUrl(client, file.id)); // S3 answers with an attachment
    }, `The download of ${file.filename} has begun.`);
  }

  function copy(file: StoredFile) {
    void act(() => navigator.clipboard.writeText(file.id), `Copied ${file.id}.`);
  }

  function ask(question: string, yes: string, done: string, work: () => Promise<unknown>) {
    const acting = () => void act(() => work().finally(stored.reload), done);
    setAsked({ question, yes, act: acting });
  }

  return (
    <>
      <header>
        <h1>Larder</h1>
        <p>{stored.usage?.owner}</p>
        <button onClick={() => (uploads.stop(), leave(""))}>Forget key</button>
      </header>
      <main>
        <p class={stored.problem ? "wrong" : "unseen"} role="alert">
          {stored.problem}
        </p>
        {stored.usage && <Usage usage={stored.usage} />}
        <Sending
          uploads={uploads}
          usage={stored.usage}
          cancel={(key) => void uploads.cancel(key).catch(stored.failed)}
        />
        <Unfinished
          uploads={elsewhere}
          now={stored.now}
          cancel={(upload) =>
            ask(
              `Cancel the upload of ${upload.filename}? What has been sent of it is lost.`,
              "Cancel upload",
              `The upload of ${upload.filename} is cancelled.`,
              () => cancelUpload(client, upload.id),
            )
          }
        />
        <Files
          {...stored}
          download={(file) => void download(file)}
          copy={copy}
          remove={(file) =>
            ask(`Delete ${file.filename}? It cannot be brought back.`, "Delete", `${file.filename} is deleted.`, () =>
              deleteFile(client, file.id),
            )
          }
        />
      </main>
      <p class="notice" role="status">
        {notice}
      </p>
      <Question asked={asked} closed={() => setAsked(null)} />
    </>
  );
}
