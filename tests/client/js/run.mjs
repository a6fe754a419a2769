// Calls the JavaScript client once, as the JSON in the first argument says, and prints what came:
// {returned} or {error}, and the progress that was told.
import { readFileSync, writeFileSync } from "node:fs";
import OpenAI from "openai";
import { downloadFile, downloadStream, downloadUrl, request, uploadFile } from "../../../clients/js/larder.js";
import { pace } from "../../../clients/js/retry.js";

const { call, by, path, id, abortAt, store, options = {}, given = {}, stalled } = JSON.parse(process.argv[2]);
pace.first = 5; // a hundredth of the time
pace.stalled = stalled ?? pace.stalled;

const address = { baseURL: process.env.OPENAI_BASE_URL, apiKey: process.env.OPENAI_API_KEY };
const client = by === "sdk" ? new OpenAI({ maxRetries: 2 }) : { ...address, ...given };

const progress = [];
const stop = new AbortController();
options.signal = stop.signal;
options.onProgress = ({ loaded, total }) => {
  progress.push([loaded, total]);
  if (abortAt !== undefined && loaded >= abortAt) stop.abort();
};

// As localStorage, in a file, so that the next process continues.
const read = () => JSON.parse(readFileSync(store, { encoding: "utf8", flag: "a+" }) || "{}");
const write = (kept) => writeFileSync(store, JSON.stringify(kept));
if (store) {
  options.resume = {
    getItem: (key) => read()[key] ?? null,
    setItem: (key, value) => write({ ...read(), [key]: value }),
    removeItem: (key) => write({ ...read(), [key]: undefined }),
  };
}

const inputs = {
  path: () => path,
  url: () => new URL(`file://${path}`),
  bytes: () => new Uint8Array(readFileSync(path)),
  buffer: () => readFileSync(path),
  arrayBuffer: () => new Uint8Array(readFileSync(path)).buffer,
  blob: () => new Blob([readFileSync(path)]),
  file: () => new File([readFileSync(path)], "a.jsonl", { type: "application/jsonl" }),
  number: () => 7,
};

const calls = {
  upload: () => uploadFile(client, inputs[given.input ?? "path"](), options),
  request: () => request(client, ...given.arguments),
  downloadUrl: () => downloadUrl(client, id, options),
  downloadFile: async () => {
    const file = await downloadFile(client, id, options);
    writeFileSync(path, Buffer.from(await file.arrayBuffer()));
    return file.name;
  },
  downloadStream: async () => {
    for await (const chunk of await downloadStream(client, id, options)) writeFileSync(path, chunk, { flag: "a" });
  },
};

const seen = { progress };
try {
  seen.returned = await calls[call]();
} catch (error) {
  const { name, message, status, code, param, requestId } = error;
  seen.error = { name, message, status, code, param, requestId };
}
console.log(JSON.stringify(seen));
