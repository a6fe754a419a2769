/** Remembers uploads between calls, so that the same call continues where the last one stopped. */
import { ask } from "./api.js";
import { checksumOf } from "./content.js";
import { Crc64nvme } from "./crc64.js";
import { unlessAborted } from "./retry.js";

/**
 * Such as `localStorage`, or one whose methods return promises.
 *
 * @typedef {object} Store
 * @property {(key: string) => unknown} getItem
 * @property {(key: string, value: string) => unknown} setItem
 * @property {(key: string) => unknown} removeItem
 */

const UPLOAD_ID = /^[A-Za-z0-9_-]{1,100}$/;

/**
 * The end of the runs of each key in this page.
 *
 * @type {Map<string, Promise<unknown>>}
 */
const running = new Map();

/** One upload's id, kept in a store or not yet. */
export class Session {
  #store;
  #identity;
  #key;

  /**
   * @param {Store} store
   * @param {string} identity What of an upload must be the same for it to be continued.
   */
  constructor(store, identity) {
    this.#store = store;
    this.#identity = identity;
    const checksum = new Crc64nvme().update(new TextEncoder().encode(identity));
    this.#key = `larder-upload ${checksum.base64()}`;
  }

  /**
   * The upload id that an earlier call left, if any; what is no such thing is as nothing.
   *
   * @returns {Promise<string | null>}
   */
  async load() {
    try {
      const kept = JSON.parse(String(await this.#store.getItem(this.#key)));
      const isThis = kept.identity === this.#identity && UPLOAD_ID.test(kept.upload_id);
      return isThis ? kept.upload_id : null;
    } catch {
      return null;
    }
  }

  /** @param {string} uploadId What cannot be kept merely cannot be continued. */
  async save(uploadId) {
    const kept = JSON.stringify({ upload_id: uploadId, identity: this.#identity });
    try {
      await this.#store.setItem(this.#key, kept);
    } catch {
      // The store is full, or forbidden in this window.
    }
  }

  /**
   * Does the work after all that was begun before of the same upload in this page: two of different
   * content, which name and time do not tell apart, would send their parts to one.
   *
   * @template T
   * @param {AbortSignal} signal Ends the wait.
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  alone(signal, work) {
    const before = running.get(this.#key) ?? Promise.resolve();
    const run = unlessAborted(signal, before).then(work);
    const end = Promise.allSettled([before, run]);
    running.set(this.#key, end);
    end.then(() => running.get(this.#key) === end && running.delete(this.#key));
    return run;
  }

  async forget() {
    try {
      await this.#store.removeItem(this.#key);
    } catch {
      // As above.
    }
  }
}

/**
 * The place of an upload's session. It continues only for the same service, owner, name, size,
 * time of change, purpose and life; no key is kept. Bytes and Blobs have no time of change, and are
 * told by their checksum.
 *
 * @param {Store} store
 * @param {import("./api.js").Client} client
 * @param {import("./content.js").Content} content
 * @param {unknown[]} chosen What else the caller has chosen of the file.
 * @param {AbortSignal} signal
 */
export async function openSession(store, client, content, chosen, signal) {
  const { owner } = await ask(client, "usage", ["GET", "/usage", undefined, { signal }]);
  const { name, blob, lastModified } = content;
  const version = lastModified ?? (await checksumOf(blob, signal));
  const identity = [client.baseURL, owner, name, blob.size, version, ...chosen];
  return new Session(store, JSON.stringify(identity));
}
