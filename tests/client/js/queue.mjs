// The console's queue of uploads, with a service that answers when it is told to. Prints what was
// seen in each scene, as one JSON object.
import { pace } from "../../../clients/js/retry.js";

pace.first = 5; // a hundredth of the time
globalThis.location = { href: "http://127.0.0.1:1/v1/console" };
const browser = { onLine: true };
Object.defineProperty(globalThis, "navigator", { value: browser });
Object.defineProperty(globalThis, "localStorage", { get: () => { throw new Error("forbidden"); } });

const { Uploads } = await import("../../../console/src/uploading.ts");
const { oneAtATime } = await import("../../../console/src/reloading.ts");
const { keyOfTab } = await import("../../../console/src/service.ts");

/** A queue, the requests that it has sent, and how to answer them. */
function queue() {
  const requests = [];
  const fetch = (url, options) =>
    new Promise((resolve, reject) => {
      const { signal, headers } = options;
      const key = new Headers(headers).get("idempotency-key");
      const filename = options.body instanceof FormData && options.body.get("file").name;
      requests.push({ path: new URL(url).pathname, key, filename, resolve, reject });
      signal?.addEventListener("abort", () => reject(signal.reason));
    });
  const notices = [];
  const uploads = new Uploads(
    { baseURL: "http://127.0.0.1:1/v1", apiKey: "sk-larder-test", fetch },
    {
      changed: () => {},
      reserved: () => notices.push("reserved"),
      stored: ({ filename }) => notices.push(`${filename} stored`),
      failed: (file) => notices.push(`${file.name} failed`),
    },
  );
  return { uploads, requests, notices };
}

const file = (name) => new File([name], name, { lastModified: 1 });
const add = (uploads, ...names) => uploads.add(names.map(file), "batch", 3600);
const states = (uploads) => Object.fromEntries(uploads.all.map((one) => [one.file.name, one.status]));
const key = (uploads, name) => uploads.all.find((one) => one.file.name === name).key;

async function until(isTrue) {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 1));
}

function answer({ filename, resolve }, status = 200) {
  const stored = { object: "file", id: "file-1", filename };
  const error = { error: { message: "It is refused.", type: "t", param: null, code: "refused" } };
  resolve(Response.json(status === 200 ? stored : error, { status }));
}

const scenes = {
  async pausedBoth() {
    const { uploads, requests } = queue();
    add(uploads, "a", "b", "c");
    await until(() => requests.length === 2);
    uploads.pause(key(uploads, "a"));
    uploads.pause(key(uploads, "b"));
    await until(() => requests.length === 3);
    return states(uploads);
  },
  async chosenTwice() {
    const { uploads } = queue();
    add(uploads, "a");
    add(uploads, "a", "b");
    return states(uploads);
  },
  async chosenAgainWhenDone() {
    const { uploads, requests } = queue();
    add(uploads, "a");
    await until(() => requests.length === 1);
    answer(requests[0]);
    await until(() => uploads.all[0].status === "done");
    add(uploads, "a");
    return uploads.all.map(({ status }) => status);
  },
  async pausedAndResumed() {
    const { uploads, requests, notices } = queue();
    add(uploads, "a", "b");
    await until(() => requests.length === 2);
    uploads.pause(key(uploads, "a"));
    uploads.resume(key(uploads, "a"));
    await until(() => requests.length === 3);
    answer(requests[2]);
    await until(() => states(uploads).a === "done");
    const [first, other, again] = requests;
    return { isSameKey: first.key === again.key, isOwnKey: first.key !== other.key, notices };
  },
  async offline() {
    const { uploads, requests } = queue();
    add(uploads, "a", "b", "c");
    await until(() => requests.length === 2);
    browser.onLine = false;
    const sent = requests.length;
    while (states(uploads).a !== "failed" || states(uploads).b !== "failed") {
      for (const { reject } of requests) reject(new TypeError("fetch failed"));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const lost = states(uploads);
    requests.length = 0;
    browser.onLine = true;
    uploads.resumeLost();
    await until(() => requests.length === 2);
    return { lost, back: states(uploads), sent };
  },
  async refused() {
    const { uploads, requests, notices } = queue();
    add(uploads, "a");
    await until(() => requests.length === 1);
    answer(requests[0], 403);
    await until(() => states(uploads).a === "failed");
    uploads.resumeLost();
    return { state: states(uploads).a, message: uploads.all[0].message, notices };
  },
  async cancelled() {
    const { uploads, requests, notices } = queue();
    add(uploads, "a", "b", "c");
    await until(() => requests.length === 2);
    await uploads.cancel(key(uploads, "a"));
    await until(() => requests.length === 3);
    return { states: states(uploads), notices };
  },
  async cancelledWhileItIsOpened() {
    const { uploads, requests, notices } = queue();
    uploads.add([new File([new Uint8Array(5 * 2 ** 20)], "large")], "batch", 3600);
    await until(() => requests.length === 1);
    await uploads.cancel(key(uploads, "large"));
    const before = [...notices];
    requests[0].resolve(Response.json({ object: "upload", id: "upload_1", status: "pending" }));
    await until(() => requests.length === 2);
    const meanwhile = [...notices];
    requests[1].resolve(Response.json({ object: "upload", id: "upload_1", status: "cancelled" }));
    await until(() => notices.length > meanwhile.length);
    return { paths: requests.map(({ path }) => path), before, meanwhile, notices };
  },
  async reloads() {
    let runs = 0;
    let release = () => {};
    const task = () => new Promise((resolve) => ((runs += 1), (release = resolve)));
    const reload = oneAtATime(task, 1);
    const asked = Array.from({ length: 10 }, reload);
    release();
    await until(() => runs === 2);
    release();
    await Promise.all(asked);
    return runs;
  },
  async keyWithoutStorage() {
    keyOfTab.keep("sk-larder-test");
    return keyOfTab.read();
  },
};

const seen = {};
for (const [name, scene] of Object.entries(scenes)) seen[name] = await scene();
process.stdout.write(JSON.stringify(seen), () => process.exit()); // some calls are never answered
