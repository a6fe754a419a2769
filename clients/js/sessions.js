/** Remembers uploads between calls, so that the same call continues where the last one stopped. */
import { ask } from "./api.js";
import { Crc64nvme } from "./crc64.js";

/**
 * Such as `localStorage`, or one whose methods return promises.
 *
 * @typedef {object} Store
 * @property {(key: string) => unknown} getItem
 * @property {(key: string, value: string) => unknown} setItem
 * @property {(key: string) => unknown} removeItem
 */

const UPLOAD_ID = /^[A-Za-z0-9_-]{1,100}$/;

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
 * time of change, purpose and life; no key is kept.
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
  const identity = [client.baseURL, owner, name, blob.size, lastModified, ...chosen];
  return new Session(store, JSON.stringify(identity));
}
