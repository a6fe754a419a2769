/** What a caller gives as a file, as a Blob with a name. */
import { Crc64nvme } from "./crc64.js";
import { LarderError, invalid, reason } from "./errors.js";

/**
 * A path is for Node alone.
 *
 * @typedef {Blob | ArrayBuffer | ArrayBufferView | string | URL} FileInput
 */

/**
 * @typedef {object} Content
 * @property {Blob} blob
 * @property {string} name
 * @property {string} type A media type that the service takes.
 * @property {number | null} lastModified In milliseconds since 1970.
 */

const PIECE_BYTES = 2 ** 20;

// What the service takes for a media type, and the one of bytes of any kind.
const MEDIA_TYPE = /^[A-Za-z0-9!#$&^_.+-]{1,127}\/[A-Za-z0-9!#$&^_.+-]{1,127}(;[ -~]{1,200})?$/;
const UNKNOWN_TYPE = "application/octet-stream";

const INPUTS = "a File, a Blob, an ArrayBuffer, a Uint8Array or Buffer, or in Node a path";

/**
 * Reads nothing of it yet.
 *
 * @param {FileInput} file
 * @param {string} [filename] In place of the file's own name; without either it is `upload`.
 * @returns {Promise<Content>}
 * @throws {LarderError} It is no file, or cannot be read (`unreadable`).
 */
export async function openContent(file, filename) {
  const { blob, name, lastModified } = await opened(file);
  const type = MEDIA_TYPE.test(blob.type) ? blob.type : UNKNOWN_TYPE;
  return { blob, name: filename || name || "upload", type, lastModified };
}

/**
 * @param {FileInput} file
 * @returns {Promise<{ blob: Blob, name?: string, lastModified: number | null }>}
 */
async function opened(file) {
  if (typeof file === "string" || file instanceof URL) return ofPath(file);
  if (file instanceof ArrayBuffer || ArrayBuffer.isView(file)) {
    return { blob: new Blob([/** @type {BlobPart} */ (file)]), lastModified: null };
  }
  if (!(file instanceof Blob)) throw invalid("file", `file must be ${INPUTS}`);
  if (!(file instanceof File)) return { blob: file, lastModified: null };
  return { blob: file, name: file.name, lastModified: file.lastModified };
}

/** @param {string | URL} path */
async function ofPath(path) {
  // No import, which bundlers for browsers would follow.
  const builtin = /** @type {any} */ (globalThis).process?.getBuiltinModule;
  if (!builtin) throw invalid("file", "file cannot be a path here: give a File or a Blob");
  const { basename } = builtin("node:path");
  const { openAsBlob, promises } = builtin("node:fs");
  const { fileURLToPath } = builtin("node:url");
  try {
    const local = path instanceof URL ? fileURLToPath(path) : path;
    const status = await promises.stat(local);
    if (!status.isFile()) throw new Error(`${local} is no file`);
    return { blob: await openAsBlob(local), name: basename(local), lastModified: status.mtimeMs };
  } catch (cause) {
    throw unreadable(cause);
  }
}

/**
 * The CRC64NVME of a Blob, in base64, read a piece at a time, so that a page stays responsive.
 *
 * @param {Blob} blob
 * @param {AbortSignal} [signal]
 * @returns {Promise<string>}
 * @throws {LarderError} It has changed or cannot be read (`unreadable`).
 */
export async function checksumOf(blob, signal) {
  const checksum = new Crc64nvme();
  for (let at = 0; at < blob.size; at += PIECE_BYTES) {
    signal?.throwIfAborted();
    checksum.update(await read(blob.slice(at, at + PIECE_BYTES)));
  }
  return checksum.base64();
}

/**
 * That a Blob can still be read: a file that has been changed or removed no longer can, nor can a
 * directory.
 *
 * @param {Blob} blob
 * @throws {LarderError} It cannot (`unreadable`).
 */
export async function checkReadable(blob) {
  await read(blob.slice(0, 1));
}

/**
 * A small Blob, read as a whole.
 *
 * @param {Blob} blob
 * @returns {Promise<Blob>}
 * @throws {LarderError} It has changed or cannot be read (`unreadable`).
 */
export async function inMemory(blob) {
  return new Blob([await read(blob)], { type: blob.type });
}

/** @param {Blob} blob */
async function read(blob) {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch (cause) {
    throw unreadable(cause);
  }
}

/** @param {unknown} cause */
function unreadable(cause) {
  const message = `the file cannot be read, or has changed: ${reason(cause)}`;
  return new LarderError(message, { code: "unreadable", param: "file", cause });
}
