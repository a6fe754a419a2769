/** What is asked of the service about one upload, which takes a file in parts. */
import { ask, newKey } from "./api.js";
import { LarderError } from "./errors.js";

// The caller waits for it, after an end that it may have wished for.
const CANCEL_MILLISECONDS = 10_000;

/**
 * A new upload, which reserves what the file takes; or what this key was answered before, as it
 * was then.
 *
 * @param {import("./api.js").Client} client
 * @param {object} body
 * @param {string} key The Idempotency-Key.
 * @returns {Promise<any>}
 */
export function created(client, body, key) {
  return ask(client, "upload", ["POST", "/uploads", body, { headers: { "Idempotency-Key": key } }]);
}

/**
 * The upload as it is now.
 *
 * @param {import("./api.js").Client} client
 * @param {string} id
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export function found(client, id, signal) {
  return ask(client, "upload", ["GET", `/uploads/${id}`, undefined, { signal }]);
}

/**
 * The checksums of the parts that S3 has, by number.
 *
 * @param {import("./api.js").Client} client
 * @param {string} id
 * @param {AbortSignal} signal
 * @returns {Promise<Map<number, string | null>>}
 */
export async function checksums(client, id, signal) {
  const answer = await ask(client, "list", ["GET", `/uploads/${id}/parts`, undefined, { signal }]);
  return new Map(answer.data.map((/** @type {any} */ part) => [part.part_number, part.checksum]));
}

/**
 * Joins the parts; may be repeated, and answers as the first time.
 *
 * @param {import("./api.js").Client} client
 * @param {{ id: string, part_count: number }} upload
 * @param {AbortSignal} [signal]
 * @returns {Promise<import("./upload.js").StoredFile>}
 */
export async function completed(client, { id, part_count: count }, signal) {
  const number = (/** @type {number} */ index) => String(index + 1).padStart(5, "0");
  const ids = Array.from({ length: count }, (_, index) => `part_${number(index)}`);
  const options = { signal, headers: { "Idempotency-Key": newKey() } };
  const path = `/uploads/${id}/complete`;
  const upload = await ask(client, "upload", ["POST", path, { part_ids: ids }, options]);
  if (upload.file?.object === "file") return upload.file;
  const message = `${client.baseURL} completed ${id} without a file`;
  throw new LarderError(message, { code: "not_understood" });
}

/**
 * Gives back what the upload reserved, if the service answers; else its end will.
 *
 * @param {import("./api.js").Client} client
 * @param {string} id
 */
export async function cancel(client, id) {
  const signal = AbortSignal.timeout(CANCEL_MILLISECONDS);
  try {
    await ask(client, "upload", ["POST", `/uploads/${id}/cancel`, undefined, { signal }]);
  } catch {
    // It ends by itself.
  }
}
