/** One PUT of a Blob, with progress while it is sent: by XMLHttpRequest, or by `fetch` in Node. */
import { watch } from "./retry.js";

/**
 * @typedef {object} Put
 * @property {string} url
 * @property {Record<string, string>} headers
 * @property {Blob} blob
 * @property {(bytes: number) => void} onSent Called with the bytes that have gone out since.
 * @property {AbortSignal} signal
 */

/** @typedef {{ status: number, text: string }} PutAnswer */

/**
 * Sends it once. The length is the Blob's own, which browsers let nobody say.
 *
 * @param {Put} put
 * @returns {Promise<PutAnswer>}
 * @throws {Error} Nobody has answered, or the signal's reason.
 */
export async function sendPut(put) {
  const headers = Object.entries(put.headers).filter(([name]) => !/^content-length$/i.test(name));
  const patience = watch(put.signal);
  const onSent = (/** @type {number} */ bytes) => {
    patience.touch();
    put.onSent(bytes);
  };
  const watched = { ...put, headers: Object.fromEntries(headers), onSent, signal: patience.signal };
  const send = typeof XMLHttpRequest === "undefined" ? byFetch : byXhr;
  try {
    return await send(watched);
  } finally {
    patience.end();
  }
}

/**
 * @param {Put} put
 * @returns {Promise<PutAnswer>}
 */
function byXhr({ url, headers, blob, onSent, signal }) {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    let sent = 0;
    const advance = (/** @type {number} */ loaded) => {
      onSent(loaded - sent);
      sent = loaded;
    };
    call.open("PUT", url);
    for (const [name, value] of Object.entries(headers)) call.setRequestHeader(name, value);
    call.upload.onprogress = ({ loaded }) => advance(loaded);
    call.onload = () => {
      advance(blob.size);
      resolve({ status: call.status, text: call.responseText });
    };
    call.onerror = () => reject(new Error("the connection failed, or S3 allows no such page"));
    call.onabort = () => reject(signal.reason);
    signal.addEventListener("abort", () => call.abort(), { once: true });
    if (signal.aborted) reject(signal.reason);
    else call.send(blob);
  });
}

/**
 * @param {Put} put
 * @returns {Promise<PutAnswer>}
 */
async function byFetch({ url, headers, blob, onSent, signal }) {
  let sent = 0;
  const body = new CountedBlob(blob, (bytes) => {
    sent += bytes;
    onSent(bytes);
  });
  const options = { method: "PUT", headers, body, signal };
  const response = await fetch(url, { ...options, redirect: "manual" });
  const text = await response.text();
  onSent(blob.size - sent); // where `fetch` reads a Blob in its own way
  return { status: response.status, text };
}

/** A Blob that tells how far it has been read as a stream, which is how Node sends it. */
class CountedBlob extends Blob {
  #onRead;

  /**
   * @param {Blob} blob
   * @param {(bytes: number) => void} onRead
   */
  constructor(blob, onRead) {
    super([blob]);
    this.#onRead = onRead;
  }

  /**
   * It ends with its last byte, not a read later: to an answer that comes in between, Node closes
   * the connection.
   *
   * @override
   */
  stream() {
    const onRead = this.#onRead;
    const reader = super.stream().getReader();
    let left = this.size;
    return new ReadableStream({
      async pull(controller) {
        const { value, done } = await reader.read();
        if (value) {
          controller.enqueue(value);
          left -= value.byteLength;
          onRead(value.byteLength);
        }
        if (done || left === 0) controller.close();
      },
      cancel: (reason) => reader.cancel(reason),
    });
  }
}
