// The JavaScript client with the Node SDK: node larder.mjs PATH
import { createHash } from "node:crypto";
import OpenAI from "openai";
import {
  downloadFile,
  downloadStream,
  downloadUrl,
  uploadFile,
} from "../../../clients/js/larder.js";

const path = process.argv[2];
const client = new OpenAI();
const kept = new Map();
const resume = {
  getItem: (key) => kept.get(key) ?? null,
  setItem: (key, value) => kept.set(key, value),
  removeItem: (key) => kept.delete(key),
};

const progress = [];
const created = await uploadFile(client, path, {
  purpose: "batch",
  expiresAfter: 7200,
  onProgress: ({ loaded }) => progress.push(loaded),
});
const small = await uploadFile(client, Buffer.from("{}\n"), {
  purpose: "batch",
  filename: "täglich.jsonl",
  expiresAfter: { anchor: "created_at", seconds: 3600 },
});

const digest = createHash("sha256");
for await (const chunk of await downloadStream(client, created.id)) digest.update(chunk);
const file = await downloadFile(client, small.id);
const linked = await fetch((await downloadUrl(client, small.id, { expiry: 60 })).url);

// Paused behind the first part, and continued.
const pause = new AbortController();
const options = { purpose: "batch", filename: "paused.jsonl", threads: 1, resume };
const paused = await uploadFile(client, path, {
  ...options,
  signal: pause.signal,
  onProgress: ({ loaded }) => loaded > 8 * 2 ** 20 && pause.abort(),
}).catch((error) => error);
const [pending] = (await client.get("/uploads?limit=1")).data;
const parts = (await client.get(`/uploads/${pending.id}/parts`)).data;
const loaded = [];
const continued = await uploadFile(client, path, {
  ...options,
  onProgress: (progress) => loaded.push(progress.loaded),
});

// Given up, with nothing to continue.
const stop = new AbortController();
const stopped = await uploadFile(client, path, {
  purpose: "batch",
  signal: stop.signal,
  onProgress: () => stop.abort(),
}).catch((error) => error);
const [cancelled] = (await client.get("/uploads?limit=1")).data;

const refused = await uploadFile(client, path, { purpose: "vision" }).catch((error) => error);

console.log(
  JSON.stringify({
    created,
    progress,
    sha256: digest.digest("hex"),
    small: { ...small, downloaded: [file.name, await file.text()], linked: await linked.text() },
    paused: { name: paused.name, parts: parts.length, upload: pending.id },
    continued,
    loaded,
    stopped: { name: stopped.name, status: cancelled.status },
    refused: { name: refused.name, ...refused, cause: refused.cause?.constructor.name },
  }),
);
