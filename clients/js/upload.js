/** `uploadFile`: a file of any size that the service allows, in one call or in parts. */
import { ask, newKey } from "./api.js";
import { inMemory, openContent } from "./content.js";
import { LarderError, invalid } from "./errors.js";
import { uploadInParts } from "./in-parts.js";
import { Progress } from "./progress.js";

/**
 * As the service describes a file; times are in seconds since 1970.
 *
 * @typedef {object} StoredFile
 * @property {string} id
 * @property {"file"} object
 * @property {number} bytes
 * @property {number} created_at
 * @property {number} expires_at
 * @property {string} filename
 * @property {any} purpose
 * @property {any} status
 */

/**
 * @typedef {object} UploadOptions
 * @property {string} purpose Such as `batch`.
 * @property {number | { anchor: "created_at", seconds: number }} [expiresAfter] How long the file
 *   lives; a number is of seconds.
 * @property {string} [filename] In place of the file's own; bytes and Blobs have none, and are
 *   called `upload`.
 * @property {import("./progress.js").OnProgress} [onProgress]
 * @property {(upload: { id: string }) => void} [onUpload] Called with the upload that a large file
 *   goes to, new or continued, by whose id it can be cancelled once it is paused.
 * @property {AbortSignal} [signal] Ends it, and cancels the upload; with `resume` or
 *   `idempotencyKey` it is paused.
 * @property {number} [threads] How many parts of a large file are sent at once, 1 to 32.
 * @property {import("./sessions.js").Store} [resume] Such as `localStorage`: an upload that was
 *   interrupted continues when it is called again with the same file and options.
 * @property {string} [idempotencyKey] Any text of your own, 1 to 255 characters of ASCII without a
 *   blank at its ends, for all calls of one file: the same call with the same key continues what an
 *   earlier one began, and makes one file only, within 24 hours.
 */

// The largest file that `POST /files` takes in one call, with the service's own settings.
const INLINE_BYTES = 4 * 2 ** 20;
const THREADS = 4;
const MOST_THREADS = 32;
const IDEMPOTENCY_KEY = /^[!-~]([ -~]{0,253}[!-~])?$/;
const OPTIONS = [
  ...["purpose", "expiresAfter", "filename", "onProgress", "onUpload", "signal", "threads"],
  ...["resume", "idempotencyKey"],
];

/**
 * Uploads a file of any size that the service allows, without reading it into memory.
 *
 * Small files go in one call, others in parts, straight to S3 and in parallel.
 *
 * @param {import("./api.js").Client} client An OpenAI client, or `{baseURL, apiKey}`.
 * @param {import("./content.js").FileInput} file
 * @param {UploadOptions} options
 * @returns {Promise<StoredFile>}
 * @throws {LarderError} See its `status` and `code`. Once the signal is aborted, its reason.
 */
export async function uploadFile(client, file, options) {
  check(options);
  options.signal?.throwIfAborted();
  const stop = new AbortController();
  const signals = options.signal ? [options.signal, stop.signal] : [stop.signal];
  const signal = AbortSignal.any(signals);
  const content = await openContent(file, options.filename);
  const size = content.blob.size;
  const progress = new Progress(size, options.onProgress, stop);
  const { purpose, threads = THREADS, onUpload, resume, idempotencyKey } = options;
  const expiresAfter = lifeOf(options);
  const sent = { content, purpose, expiresAfter, threads };
  const call = { client, ...sent, onUpload, resume, idempotencyKey, progress, stop, signal };
  if (size <= INLINE_BYTES) {
    try {
      return await uploadInOneCall(call);
    } catch (error) {
      // This service takes less in one call; but of an empty file there are no parts.
      const isTooLarge = error instanceof LarderError && error.status === 413;
      if (!isTooLarge || size === 0) throw error;
    }
  }
  return uploadInParts(call);
}

/** @param {UploadOptions} options */
function check(options) {
  if (typeof options !== "object" || options === null) {
    throw invalid("options", 'options must be an object with a purpose, as {purpose: "batch"}');
  }
  const { threads = THREADS, resume, expiresAfter, idempotencyKey } = options;
  for (const name of Object.keys(options)) {
    if (!OPTIONS.includes(name)) {
      throw invalid(name, `uploadFile has no option ${name}. It has ${OPTIONS.join(", ")}`);
    }
  }
  if (!Number.isInteger(threads) || threads < 1 || threads > MOST_THREADS) {
    throw invalid("threads", `threads must be 1 to ${MOST_THREADS}, not ${threads}`);
  }
  for (const name of /** @type {const} */ (["onProgress", "onUpload"])) {
    if (options[name] !== undefined && typeof options[name] !== "function") {
      throw invalid(name, `${name} must be a function`);
    }
  }
  if (resume !== undefined && typeof resume?.getItem !== "function") {
    throw invalid("resume", "resume must have getItem, setItem and removeItem, as localStorage");
  }
  if (idempotencyKey !== undefined && !isKey(idempotencyKey)) {
    const allowed = "a text of 1 to 255 characters of ASCII, with no blank at its ends";
    throw invalid("idempotencyKey", `idempotencyKey must be ${allowed}`);
  }
  if (!["undefined", "number", "object"].includes(typeof expiresAfter)) {
    const allowed = 'a number of seconds or {anchor: "created_at", seconds}';
    throw invalid("expiresAfter", `expiresAfter must be ${allowed}`);
  }
}

/** @param {unknown} value */
function isKey(value) {
  return typeof value === "string" && IDEMPOTENCY_KEY.test(value);
}

/** @param {UploadOptions} options */
function lifeOf({ expiresAfter }) {
  if (typeof expiresAfter !== "number") return expiresAfter;
  return { anchor: /** @type {const} */ ("created_at"), seconds: expiresAfter };
}

/**
 * It is read first, so that what cannot be read is not sent, and each try sends the same.
 *
 * @param {import("./in-parts.js").Upload} call
 * @returns {Promise<StoredFile>}
 */
async function uploadInOneCall(call) {
  const { client, content, purpose, expiresAfter, idempotencyKey, progress, stop, signal } = call;
  const form = new FormData();
  if (purpose !== undefined) form.append("purpose", purpose);
  for (const [field, value] of Object.entries(expiresAfter ?? {})) {
    form.append(`expires_after[${field}]`, String(value));
  }
  form.append("file", await inMemory(content.blob), content.name);
  const headers = { "Idempotency-Key": idempotencyKey ?? newKey() };
  const stored = await ask(client, "file", ["POST", "/files", form, { headers, signal }]);
  progress.advance(content.blob.size);
  stop.signal.throwIfAborted();
  return stored;
}
