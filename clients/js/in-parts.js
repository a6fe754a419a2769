/** One file in parts, as one upload from its opening to the file. */
import { ask } from "./api.js";
import { checksumOf } from "./content.js";
import { downloadUrl } from "./download.js";
import { LarderError } from "./errors.js";
import { sendParts } from "./parts.js";
import { unlessAborted } from "./retry.js";
import { openSession } from "./sessions.js";

/**
 * One call of `uploadFile`.
 *
 * @typedef {object} Upload
 * @property {import("./api.js").Client} client
 * @property {import("./content.js").Content} content
 * @property {string} purpose
 * @property {{ anchor: "created_at", seconds: number } | undefined} expiresAfter
 * @property {number} threads
 * @property {((upload: { id: string }) => void) | undefined} onUpload
 * @property {import("./sessions.js").Store | undefined} resume
 * @property {import("./progress.js").Progress} progress
 * @property {AbortController} stop
 * @property {AbortSignal} signal Aborted by `stop`, or by the caller.
 */

/** @typedef {import("./sessions.js").Session | null} Session */
/** @typedef {import("./upload.js").StoredFile} StoredFile */

// The caller waits for it, after an end that it may have wished for.
const CANCEL_MILLISECONDS = 10_000;

const FINAL_CODES = ["damaged", "part_refused", "upload_gone", "unreadable"];
const FINAL_STATUSES = [400, 404, 409];

/**
 * A new Idempotency-Key; `crypto.randomUUID` is not there for pages without TLS.
 *
 * @returns {string}
 */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Uploads in parts. With `resume`, what an earlier call left is continued with what is missing, and
 * left for the next one unless it failed for good; without, it is cancelled on failure. When
 * another call that continues it is the first to complete it, that file is the answer if it has
 * this content.
 *
 * @param {Upload} call
 * @returns {Promise<StoredFile>}
 */
export async function uploadInParts(call) {
  const { resume, client, content, purpose, expiresAfter, signal } = call;
  const chosen = [purpose, expiresAfter];
  if (!resume) return run(call, null);
  const session = await openSession(resume, client, content, chosen, signal);
  return session.alone(signal, () => run(call, session));
}

/**
 * @param {Upload} call
 * @param {Session} session
 * @returns {Promise<StoredFile>}
 */
async function run(call, session) {
  const kept = await left(call, session);
  const upload = kept ?? (await opened(call));
  const file = upload.file ?? (await finished(call, upload, session, kept !== null));
  await session?.forget();
  return file;
}

/**
 * @param {Upload} call
 * @param {any} upload
 * @param {Session} session
 * @param {boolean} isContinued
 */
async function finished(call, upload, session, isContinued) {
  const { client, content, signal } = call;
  try {
    await session?.save(upload.id);
    call.onUpload?.({ id: upload.id });
    const received = isContinued ? await checksums(call, upload) : new Map();
    await sendParts({ ...call, upload, blob: content.blob, received });
    return await completed(client, upload, signal);
  } catch (error) {
    const file = await completedByAnother(call, upload, error);
    if (file !== null) return file;
    if (session === null || isFinal(error)) {
      await cancel(client, upload.id);
      await session?.forget();
    }
    throw error;
  }
}

/**
 * The upload that an earlier call left, if it can go on or has already become the file.
 *
 * @param {Upload} call
 * @param {Session} session
 */
async function left(call, session) {
  const id = (await session?.load()) ?? null;
  if (id === null) return null;
  try {
    const options = { signal: call.signal };
    const upload = await ask(call.client, "upload", ["GET", `/uploads/${id}`, undefined, options]);
    const isOver = upload.status === "completed" && (await isThis(call, upload.file, call.signal));
    return isOver || upload.status === "pending" ? checked(call, upload) : null;
  } catch (error) {
    if (error instanceof LarderError && error.status === 404) return null;
    throw error;
  }
}

/**
 * Whether the file has the content that is being uploaded, as far as the service tells.
 *
 * @param {Upload} call
 * @param {StoredFile} file
 * @param {AbortSignal} [signal]
 */
async function isThis({ client, content }, file, signal) {
  const { crc64nvme } = await downloadUrl(client, file.id, { signal });
  return crc64nvme === (await checksumOf(content.blob, signal));
}

/**
 * A new upload; one that is answered when the caller has ended is cancelled behind its back.
 *
 * @param {Upload} call
 */
async function opened(call) {
  const { client, content, purpose, expiresAfter, signal } = call;
  const { name, blob, type } = content;
  const body = { filename: name, purpose, bytes: blob.size, mime_type: type };
  const chosen = expiresAfter ? { ...body, expires_after: expiresAfter } : body;
  const headers = { "Idempotency-Key": newKey() };
  const opening = ask(client, "upload", ["POST", "/uploads", chosen, { headers }]);
  const upload = await unlessAborted(signal, opening).catch((error) => {
    if (signal.aborted) opening.then(({ id }) => cancel(client, id)).catch(() => {});
    throw error;
  });
  return checked(call, upload);
}

/**
 * @param {Upload} call
 * @param {any} upload
 */
function checked({ client, content }, upload) {
  const { bytes, part_size: size, part_count: count } = upload;
  if (bytes === content.blob.size && count === Math.ceil(bytes / size)) return upload;
  const what = `it answered with ${count} parts of ${size} for ${bytes} bytes`;
  const message = `${client.baseURL} is no Larder: ${what}`;
  throw new LarderError(message, { code: "not_understood" });
}

/**
 * The checksums of the parts that S3 has, by number.
 *
 * @param {Upload} call
 * @param {{ id: string }} upload
 * @returns {Promise<Map<number, string | null>>}
 */
async function checksums({ client, signal }, { id }) {
  const answer = await ask(client, "list", ["GET", `/uploads/${id}/parts`, undefined, { signal }]);
  return new Map(answer.data.map((/** @type {any} */ part) => [part.part_number, part.checksum]));
}

/**
 * Joins the parts; may be repeated, and answers as the first time.
 *
 * @param {import("./api.js").Client} client
 * @param {{ id: string, part_count: number }} upload
 * @param {AbortSignal} [signal]
 * @returns {Promise<StoredFile>}
 */
async function completed(client, { id, part_count: count }, signal) {
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
 * The file of an upload that takes no more parts because another call completed it, with the same
 * content.
 *
 * One that S3 has joined need not be shown yet. To complete it again then does no harm, since no
 * other parts can be joined any more.
 *
 * @param {Upload} call
 * @param {{ id: string, part_count: number }} upload
 * @param {unknown} error
 * @returns {Promise<StoredFile | null>}
 */
async function completedByAnother(call, upload, error) {
  const { client } = call;
  if (!(error instanceof LarderError) || error.status === null) return null;
  try {
    const isGone = error.code === "upload_gone";
    const { file } = isGone
      ? { file: await completed(client, upload) }
      : await ask(client, "upload", ["GET", `/uploads/${upload.id}`]);
    return file && (await isThis(call, file)) ? file : null;
  } catch {
    return null;
  }
}

/**
 * Whether this upload can never become the file, so that the next call must start over.
 *
 * @param {unknown} error
 */
function isFinal(error) {
  if (!(error instanceof LarderError)) return false;
  const { code, status } = error;
  return FINAL_CODES.includes(code ?? "") || FINAL_STATUSES.includes(status ?? 0);
}

/**
 * Gives back what the upload reserved, if the service answers; else its end will.
 *
 * @param {import("./api.js").Client} client
 * @param {string} id
 */
async function cancel(client, id) {
  const signal = AbortSignal.timeout(CANCEL_MILLISECONDS);
  try {
    await ask(client, "upload", ["POST", `/uploads/${id}/cancel`, undefined, { signal }]);
  } catch {
    // It ends by itself.
  }
}
