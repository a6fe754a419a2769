/** Remembers uploads between calls, so that the same call continues where the last one stopped. */
import { ask } from "./api.js";
import { checksumOf } from "./content.js";
import { Crc64nvme } from "./crc64.js";
import { invalid } from "./errors.js";
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
 * A store that can be gone through, as `localStorage` can.
 *
 * @typedef {object} StoreOfKeys
 * @property {number} length How many keys it has.
 * @property {(index: number) => unknown} key
 * @property {(key: string) => unknown} getItem
 * @property {(key: string) => unknown} removeItem
 */

const PREFIX = "larder-upload ";

/**
 * The end of the runs of each key in this page.
 *
 * @type {Map<string, Promise<unknown>>}
 */
const running = new Map();

/**
 * Does the work after all that was begun before of the same upload in this page: two of different
 * content, which name and time do not tell apart, would send their parts to one.
 *
 * @template T
 * @param {string} key What of an upload is its own.
 * @param {AbortSignal} signal Ends the wait.
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export function alone(key, signal, work) {
  const before = running.get(key) ?? Promise.resolve();
  const run = unlessAborted(signal, before).then(work);
  const end = Promise.allSettled([before, run]);
  running.set(key, end);
  end.then(() => running.get(key) === end && running.delete(key));
  return run;
}

/**
 * Has a store forget all uploads that `resume` has kept there, whoever they are of; the service
 * keeps them. What the store throws is thrown.
 *
 * @param {StoreOfKeys} store
 * @returns {Promise<void>}
 * @throws {LarderError} It is no such store.
 */
export async function forgetUploads(store) {
  for (const key of await keysOf(store)) await store.removeItem(key);
}

/**
 * Has a store forget one upload, such as one that was cancelled by its id; none is no error.
 *
 * @param {StoreOfKeys} store
 * @param {string} uploadId
 * @returns {Promise<void>}
 * @throws {LarderError} It is no such store.
 */
export async function forgetUpload(store, uploadId) {
  for (const key of await keysOf(store)) {
    if (uploadIdOf(await store.getItem(key)) === uploadId) await store.removeItem(key);
  }
}

/**
 * All before any is removed, which would move the others.
 *
 * @param {StoreOfKeys} store
 * @returns {Promise<string[]>}
 */
async function keysOf(store) {
  if (typeof store?.key !== "function" || typeof store.length !== "number") {
    throw invalid("store", "store must have length, key, getItem and removeItem, as localStorage");
  }
  const keys = await Promise.all(Array.from({ length: store.length }, (_, at) => store.key(at)));
  return keys.map(String).filter((key) => key.startsWith(PREFIX));
}

/** @param {unknown} kept */
function uploadIdOf(kept) {
  try {
    return JSON.parse(String(kept))?.upload_id;
  } catch {
    return undefined;
  }
}

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
    this.#key = PREFIX + checksum.base64();
  }

  /** Where it is in the store. */
  get key() {
    return this.#key;
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
