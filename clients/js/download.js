/** A file's content straight from S3, held against its checksum. */
import { ask } from "./api.js";
import { Crc64nvme } from "./crc64.js";
import { LarderError, reason } from "./errors.js";
import { Progress } from "./progress.js";
import { delays, sleep, watch } from "./retry.js";

/**
 * @typedef {object} FileUrl
 * @property {string} url Leads to S3 and needs no API key.
 * @property {number} expires_at In seconds since 1970.
 * @property {number} bytes
 * @property {string} filename
 * @property {string | null} crc64nvme
 */

/**
 * @typedef {object} DownloadOptions
 * @property {import("./progress.js").OnProgress} [onProgress]
 * @property {AbortSignal} [signal]
 */

/**
 * A URL of a file's content, for a link or whatever reads URLs.
 *
 * @param {import("./api.js").Client} client
 * @param {string} fileId
 * @param {{ expiry?: number, signal?: AbortSignal }} [options] `expiry` is for how many seconds it
 *   is good, 1 to 900.
 * @returns {Promise<FileUrl>}
 * @throws {LarderError} There is no such file, or what `request` throws.
 */
export async function downloadUrl(client, fileId, { expiry, signal } = {}) {
  const query = expiry === undefined ? "" : `?expiry=${encodeURIComponent(expiry)}`;
  const path = `/files/${encodeURIComponent(fileId)}/url${query}`;
  return ask(client, "file.url", ["GET", path, undefined, { signal }]);
}

/**
 * A file's content as a stream, which goes on after a cut, and fails at its end where the content
 * is not what was stored (`damaged`).
 *
 * @param {import("./api.js").Client} client
 * @param {string} fileId
 * @param {DownloadOptions} [options]
 * @returns {Promise<ReadableStream<Uint8Array>>}
 */
export async function downloadStream(client, fileId, options = {}) {
  const found = await downloadUrl(client, fileId, options);
  const stop = new AbortController();
  const signals = options.signal ? [options.signal, stop.signal] : [stop.signal];
  const ended = { ...options, signal: AbortSignal.any(signals) };
  return streamOf(content(client, fileId, found, ended), stop);
}

/**
 * A file's content in memory, verified, under its name.
 *
 * @param {import("./api.js").Client} client
 * @param {string} fileId
 * @param {DownloadOptions} [options]
 * @returns {Promise<File>}
 */
export async function downloadFile(client, fileId, options = {}) {
  const found = await downloadUrl(client, fileId, options);
  /** @type {BlobPart[]} */
  const chunks = [];
  for await (const chunk of content(client, fileId, found, options)) chunks.push(chunk);
  return new File(chunks, found.filename);
}

/**
 * @param {import("./api.js").Client} client
 * @param {string} fileId
 * @param {FileUrl} found
 * @param {DownloadOptions} options
 * @returns {AsyncGenerator<Uint8Array<ArrayBuffer>>}
 */
async function* content(client, fileId, found, options) {
  const stop = new AbortController();
  const progress = new Progress(found.bytes, options.onProgress, stop);
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const checksum = new Crc64nvme();
  let { url } = found;
  let waits = delays();
  for (let at = 0; at < found.bytes; ) {
    const before = at;
    try {
      for await (const chunk of chunks(url, at, found.bytes, signal)) {
        checksum.update(chunk);
        at += chunk.length;
        progress.advance(chunk.length);
        yield chunk;
      }
      if (at < found.bytes) throw new Error("it ended early");
    } catch (error) {
      signal.throwIfAborted();
      if (at > before) waits = delays();
      const wait = waits.shift() ?? null;
      if (error instanceof LarderError && error.code !== "no_answer") throw error;
      if (wait === null) throw noAnswer(error);
      await sleep(wait, signal);
      ({ url } = await downloadUrl(client, fileId, { signal }));
    }
  }
  verify(fileId, checksum.base64(), found.crc64nvme);
}

/**
 * What one answer brings of the content, from here to its end.
 *
 * @param {string} url
 * @param {number} at
 * @param {number} size
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<Uint8Array<ArrayBuffer>>}
 */
async function* chunks(url, at, size, signal) {
  const patience = watch(signal);
  try {
    const headers = new Headers();
    if (at > 0) headers.set("range", `bytes=${at}-${size - 1}`);
    const response = await fetch(url, { headers, signal: patience.signal });
    if (response.status !== (at === 0 ? 200 : 206)) throw await refusal(response);
    const reader = response.body?.getReader();
    try {
      for (let read; (read = await reader?.read()) && !read.done; ) {
        patience.pause(); // whoever reads may take time
        yield read.value;
        patience.touch();
      }
    } finally {
      reader?.cancel().catch(() => {});
    }
  } finally {
    patience.end();
  }
}

/** @param {Response} response */
async function refusal(response) {
  const { status } = response;
  const said = /<Code>([^<]+)<\/Code>/.exec(await response.text())?.[1] ?? String(status);
  const passes = [400, 403, 408, 429].includes(status) || status >= 500;
  const code = passes ? "no_answer" : "content_refused";
  return new LarderError(`S3 refused the content: ${said}`, { status, code });
}

/** @param {unknown} error */
function noAnswer(error) {
  if (error instanceof LarderError) return error;
  const message = `the content did not get through: ${reason(error)}`;
  return new LarderError(message, { code: "no_answer", cause: error });
}

/**
 * @param {string} fileId
 * @param {string} got
 * @param {string | null} expected
 */
function verify(fileId, got, expected) {
  if (expected === null || got === expected) return;
  const message = `${fileId} arrived damaged: its checksum is ${got}, not ${expected}`;
  throw new LarderError(message, { code: "damaged" });
}

/**
 * `ReadableStream.from`, which Chrome and Safari do not have.
 *
 * @param {AsyncGenerator<Uint8Array>} generator
 * @param {AbortController} stop Ends what the generator waits for.
 * @returns {ReadableStream<Uint8Array>}
 */
function streamOf(generator, stop) {
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await generator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel(why) {
      stop.abort(why);
      await generator.return(undefined);
    },
  });
}
