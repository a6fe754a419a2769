// Calls the JavaScript client as each line of JSON says, and prints a line of what came:
// {returned} or {error}, and the progress that was told. To start Node each time takes longer.
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import {
  Crc64nvme,
  downloadFile,
  downloadStream,
  downloadUrl,
  request,
  uploadFile,
} from "../../../clients/js/larder.js";
import { pace } from "../../../clients/js/retry.js";

const inputs = {
  path: (path) => path,
  url: (path) => new URL(`file://${path}`),
  bytes: (path) => new Uint8Array(readFileSync(path)),
  buffer: (path) => readFileSync(path),
  arrayBuffer: (path) => new Uint8Array(readFileSync(path)).buffer,
  blob: (path) => new Blob([readFileSync(path)]),
  file: (path) =>
    new File([readFileSync(path)], "a.jsonl", { type: "application/jsonl", lastModified: 1e12 }),
  number: () => 7,
};

pace.first = 5; // a hundredth of the time
const { stalled } = pace;

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await seen(JSON.parse(line))));
}

async function seen(request) {
  const progress = [];
  const uploads = [];
  try {
    return { progress, uploads, returned: await called(request, progress, uploads) };
  } catch (error) {
    const { name, message, status, code, param, requestId } = error;
    return { progress, uploads, error: { name, message, status, code, param, requestId } };
  }
}

async function called({ call, client: address, by, path, id, store, options, given }, progress, uploads) {
  pace.stalled = given.stalled ?? stalled;
  const stop = new AbortController();
  const client = by === "sdk" ? await sdk(address) : address;
  if (given.abortDuring === "nothing") stop.abort();
  else if (given.abortDuring) {
    client.fetch = (url, ...more) => {
      if (url.endsWith(given.abortDuring)) stop.abort();
      return fetch(url, ...more);
    };
  }
  const onProgress = ({ loaded, total }) => {
    progress.push([loaded, total]);
    if (loaded >= given.abortAt) stop.abort();
    if (loaded >= given.throwAt) throw new Error("the caller's own");
  };
  const onUpload = call === "upload" && { onUpload: ({ id }) => uploads.push(id) };
  const chosen = { signal: stop.signal, onProgress, ...onUpload, ...(store && { resume: kept(store) }), ...options };
  switch (call) {
    case "upload":
      return uploadFile(
        client,
        inputs[given.input ?? "path"](path),
        given.noOptions ? undefined : chosen,
      );
    case "uploadTwo": {
      const [one, other] = given.paths.map(inputs[given.input]);
      return new Promise((resolve, reject) => {
        let second;
        const quiet = { ...chosen, onProgress: undefined };
        const onProgress = ({ loaded }) => {
          if (loaded >= given.secondAt) second ??= uploadFile(client, other, quiet);
        };
        const first = uploadFile(client, one, { ...chosen, onProgress });
        first.then(async (file) => resolve([file, await second])).catch(reject);
      });
    }
    case "checksum": {
      const checksum = new Crc64nvme();
      for (const piece of given.pieces) checksum.update(Buffer.from(piece, "base64"));
      return checksum.base64();
    }
    case "request":
      return request(client, ...given.arguments);
    case "failingSdk": {
      const fails = { ...client, request: () => Promise.reject(undefined) };
      return request(fails, "GET", "/usage");
    }
    case "cancel": {
      const reader = (await downloadStream(client, id, options)).getReader();
      const isAskedAgain = new Promise((resolve) => {
        client.fetch = (...asked) => fetch(...asked).finally(resolve);
      });
      for (let got = 0; got < given.after; ) got += (await reader.read()).value.length;
      const pending = reader.read();
      await isAskedAgain;
      await reader.cancel();
      return (await pending).done;
    }
    case "downloadUrl":
      return downloadUrl(client, id, options);
    case "downloadFile": {
      const file = await downloadFile(client, id, chosen);
      writeFileSync(path, Buffer.from(await file.arrayBuffer()));
      return file.name;
    }
    case "downloadStream":
      for await (const chunk of await downloadStream(client, id, chosen)) {
        writeFileSync(path, chunk, { flag: "a" });
      }
  }
}

async function sdk(address) {
  const { default: OpenAI } = await import("openai"); // not for those that use no SDK: it is large
  return new OpenAI(address);
}

/** As localStorage, but in a file, so that the next process continues. */
function kept(store) {
  const read = () => JSON.parse(readFileSync(store, { encoding: "utf8", flag: "a+" }) || "{}");
  const write = (items) => writeFileSync(store, JSON.stringify(items));
  return {
    getItem: (key) => read()[key] ?? null,
    setItem: (key, value) => write({ ...read(), [key]: value }),
    removeItem: (key) => write({ ...read(), [key]: undefined }),
  };
}
