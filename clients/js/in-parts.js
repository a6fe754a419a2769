/** One file in parts, as one upload from its opening to the file. */
import { newKey } from "./api.js";
import { checkReadable, checksumOf } from "./content.js";
import { downloadUrl } from "./download.js";
import { LarderError } from "./errors.js";
import { sendParts } from "./parts.js";
import { unlessAborted } from "./retry.js";
import { alone, openSession } from "./sessions.js";
import { cancel, checksums, completed, created, found } from "./uploads.js";

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
 * @property {string | undefined} idempotencyKey
 * @property {import("./progress.js").Progress} progress
 * @property {AbortController} stop
 * @property {AbortSignal} signal Aborted by `stop`, or by the caller.
 */

/** @typedef {import("./sessions.js").Session | null} Session */
/** @typedef {import("./upload.js").StoredFile} StoredFile */

const FINAL_CODES = ["damaged", "part_refused", "upload_gone", "unreadable"];
const FINAL_STATUSES = [400, 404, 409];

// One key after another; a service that forgets them all would be asked without end.
const MOST_UPLOADS = 10;

/**
 * Uploads in parts. With `resume`, what an earlier call left is continued with what is missing, and
 * with `idempotencyKey` what it opened with the same key; both leave it for the next one unless it
 * failed for good. Without, it is cancelled on failure. When another call that continues it is the
 * first to complete it, that file is the answer if it has this content.
 *
 * @param {Upload} call
 * @returns {Promise<StoredFile>}
 */
export async function uploadInParts(call) {
  const { resume, client, content, purpose, expiresAfter, idempotencyKey, signal } = call;
  await checkReadable(content.blob);
  const chosen = [purpose, expiresAfter];
  const session = resume ? await openSession(resume, client, content, chosen, signal) : null;
  if (session === null && idempotencyKey === undefined) return run(call, null);
  const turn = session?.key ?? `${client.baseURL} ${idempotencyKey}`;
  return alone(turn, signal, () => run(call, session));
}

/**
 * @param {Upload} call
 * @param {Session} session
 * @returns {Promise<StoredFile>}
 */
async function run(call, session) {
  const id = (await session?.load()) ?? null;
  const kept = id === null ? null : await usable(call, id);
  const upload = kept ?? (await opened(call));
  const mayHaveParts = kept !== null || call.idempotencyKey !== undefined;
  const file = upload.file ?? (await finished(call, upload, session, mayHaveParts));
  await session?.forget();
  return file;
}

/**
 * @param {Upload} call
 * @param {any} upload
 * @param {Session} session
 * @param {boolean} mayHaveParts
 */
async function finished(call, upload, session, mayHaveParts) {
  const { client, content, idempotencyKey, signal } = call;
  try {
    await session?.save(upload.id);
    call.onUpload?.({ id: upload.id });
    const received = mayHaveParts ? await checksums(client, upload.id, signal) : new Map();
    await sendParts({ ...call, upload, blob: content.blob, received });
    return await completed(client, upload, signal);
  } catch (error) {
    const file = await completedByAnother(call, upload, error);
    if (file !== null) return file;
    const isLeft = session !== null || idempotencyKey !== undefined;
    if (!isLeft || isFinal(error)) {
      await cancel(client, upload.id);
      await session?.forget();
    }
    throw error;
  }
}

/**
 * A new upload; or that of the key, which the service answers with for 24 hours.
 *
 * Where that one has failed for good, the next is opened with a key made of its id, and so on. So
 * the same call again comes to the same upload.
 *
 * @param {Upload} call
 */
async function opened(call) {
  const { idempotencyKey } = call;
  if (idempotencyKey === undefined) return checked(call, await begun(call, newKey()));
  let key = idempotencyKey;
  for (let count = 0; count < MOST_UPLOADS; count++) {
    const { id } = await begun(call, key);
    // The answer is the first one again, not how things are now.
    const upload = await usable(call, id);
    if (upload !== null) return upload;
    key = `after ${id}`;
  }
  const message = `of ${MOST_UPLOADS} uploads with this idempotencyKey none can go on: use another`;
  throw new LarderError(message, { code: "not_understood", param: "idempotencyKey" });
}

/**
 * The service's answer to a key. One that comes when the caller has ended is cancelled behind its
 * back; with a key of the caller's own, of which another call may go on with it, it is told.
 *
 * @param {Upload} call
 * @param {string} key
 */
async function begun(call, key) {
  const { client, content, purpose, expiresAfter, idempotencyKey, onUpload, signal } = call;
  const { name, blob, type } = content;
  const body = { filename: name, purpose, bytes: blob.size, mime_type: type };
  const chosen = expiresAfter ? { ...body, expires_after: expiresAfter } : body;
  const opening = created(client, chosen, key);
  const end = (/** @type {{ id: string }} */ { id }) =>
    idempotencyKey === undefined ? cancel(client, id) : onUpload?.({ id });
  return unlessAborted(signal, opening).catch((error) => {
    if (signal.aborted) opening.then(end).catch(() => {});
    throw error;
  });
}

/**
 * An upload of an earlier call, if it can go on or has already become the file.
 *
 * @param {Upload} call
 * @param {string} id
 */
async function usable(call, id) {
  try {
    const upload = await found(call.client, id, call.signal);
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
    const isOver = error.code === "upload_gone" || error.code === "upload_not_pending";
    const { file } = isOver
      ? { file: await completed(client, upload) }
      : await found(client, upload.id);
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
  if (code === "no_answer") return false; // S3's 400 of a token that has expired, too
  return FINAL_CODES.includes(code ?? "") || FINAL_STATUSES.includes(status ?? 0);
}
