/** Sends parts straight to S3, several at a time, each until it has arrived. */
import { ask } from "./api.js";
import { checkReadable, checksumOf } from "./content.js";
import { LarderError, reason } from "./errors.js";
import { sendPut } from "./put.js";
import { delays, sleep } from "./retry.js";

/** @typedef {{ number: number, blob: Blob, checksum: string }} Part */

/**
 * @typedef {object} PartUrl
 * @property {number} part_number
 * @property {string} url
 * @property {Record<string, string>} headers
 */

/**
 * @typedef {object} Sending
 * @property {import("./api.js").Client} client
 * @property {{ id: string, bytes: number, part_size: number, part_count: number }} upload
 * @property {Blob} blob
 * @property {Map<number, string | null>} received The checksums of what S3 has, by part number.
 * @property {import("./progress.js").Progress} progress
 * @property {number} threads
 * @property {AbortController} stop
 * @property {AbortSignal} signal Aborted by `stop`, or by the caller.
 */

/**
 * Sends the parts that S3 does not have with this content.
 *
 * @param {Sending} sending
 * @throws {LarderError} What made it fail first: a refusal by the service or S3 (`part_refused`,
 *   `upload_gone`), `no_answer`, `damaged`, `unreadable`. Or the signal's reason.
 */
export async function sendParts(sending) {
  const { stop, threads, signal } = sending;
  const queue = new Queue(missing(sending), (parts) => partUrls(sending, parts), threads);
  const work = async () => {
    try {
      for (let next; (next = await queue.take()); ) await send(sending, ...next);
    } catch (error) {
      stop.abort(error);
    }
  };
  await Promise.all(Array.from({ length: threads }, work));
  signal.throwIfAborted();
}

/** Parts with their URLs; a batch is prepared while the one before it is being sent. */
class Queue {
  #parts;
  #urls;
  #size;
  #isAtEnd = false;
  /** @type {[Part, PartUrl][]} */
  #ready = [];
  /** @type {Promise<void> | null} */
  #filling = null;

  /**
   * @param {AsyncGenerator<Part>} parts
   * @param {(parts: Part[]) => Promise<PartUrl[]>} urls
   * @param {number} size How many URLs are asked for in one call.
   */
  constructor(parts, urls, size) {
    this.#parts = parts;
    this.#urls = urls;
    this.#size = size;
  }

  /** The next part and its URL; undefined once there are no more. */
  async take() {
    while (this.#ready.length === 0 && !this.#isAtEnd) await this.#fill();
    const next = this.#ready.shift();
    // What fails here fails again where it is waited for.
    if (this.#ready.length === 0 && !this.#isAtEnd) this.#fill().catch(() => {});
    return next;
  }

  /** Only one at a time; one that has failed stays, so that all who wait fail. */
  #fill() {
    this.#filling ??= this.#prepare().then(() => {
      this.#filling = null;
    });
    return this.#filling;
  }

  async #prepare() {
    /** @type {Part[]} */
    const batch = [];
    while (batch.length < this.#size) {
      const { value, done } = await this.#parts.next();
      if (done) break;
      batch.push(value);
    }
    const urls = batch.length === 0 ? [] : await this.#urls(batch);
    batch.forEach((part, index) => this.#ready.push([part, /** @type {PartUrl} */ (urls[index])]));
    this.#isAtEnd = batch.length < this.#size; // not before: then nobody would wait for these
  }
}

/**
 * @param {Sending} sending
 * @returns {AsyncGenerator<Part>}
 */
async function* missing({ upload, blob, received, progress, signal }) {
  for (let number = 1; number <= upload.part_count; number++) {
    const from = (number - 1) * upload.part_size;
    const slice = blob.slice(from, Math.min(from + upload.part_size, upload.bytes));
    const checksum = await checksumOf(slice, signal);
    if (received.get(number) === checksum) progress.advance(slice.size);
    else yield { number, blob: slice, checksum };
  }
}

/**
 * Where to PUT these parts, in their order; S3 is to hold each to its checksum.
 *
 * @param {Sending} sending
 * @param {Part[]} parts
 * @returns {Promise<PartUrl[]>}
 */
async function partUrls({ client, upload, signal }, parts) {
  const body = {
    part_numbers: parts.map((part) => part.number),
    checksums: Object.fromEntries(parts.map((part) => [part.number, part.checksum])),
  };
  const path = `/uploads/${upload.id}/part_urls`;
  const answer = await ask(client, "list", ["POST", path, body, { signal }]);
  return parts.map(({ number, checksum }) => {
    const url = answer.data.find((/** @type {PartUrl} */ one) => one.part_number === number);
    if (url?.headers["x-amz-checksum-crc64nvme"] !== checksum) {
      const what = `the service's URL of part ${number} has S3 verify no checksum`;
      throw new LarderError(`${what}: nothing was stored`, { code: "not_understood" });
    }
    return url;
  });
}

/**
 * Tries until S3 has the part, each time but the first at a fresh URL. So a URL that expired on a
 * slow line, or whose signer's credentials did, needs no case of its own.
 *
 * @param {Sending} sending
 * @param {Part} part
 * @param {PartUrl} url
 */
async function send(sending, part, url) {
  let target = url;
  for (const delay of delays()) {
    const failure = await attempt(sending, part, target);
    if (failure === null) return;
    if (delay === null) throw failure;
    await sleep(delay, sending.signal);
    [target] = /** @type {[PartUrl]} */ (await partUrls(sending, [part]));
  }
}

/**
 * The failure that may be gone next time, null if there is none; throws one that is final.
 *
 * @param {Sending} sending
 * @param {Part} part
 * @param {PartUrl} url
 * @returns {Promise<LarderError | null>}
 */
async function attempt({ progress, signal }, { number, blob }, { url, headers }) {
  let sent = 0;
  const onSent = (/** @type {number} */ bytes) => {
    sent += bytes;
    progress.advance(bytes);
  };
  try {
    const { status, text } = await sendPut({ url, headers, blob, onSent, signal });
    if (status === 200) return null;
    progress.advance(-sent);
    return refusal(number, status, text);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof LarderError) throw error;
    progress.advance(-sent);
    await checkReadable(blob);
    const message = `part ${number} did not get through: ${reason(error)}`;
    return new LarderError(message, { code: "no_answer", cause: error });
  }
}

// Status 400, all of them. The signer's credentials are temporary and may end before the URL does.
const PASSING = /^(ExpiredToken|TokenRefreshRequired|InvalidToken|IncompleteBody|RequestTimeout)$/;

/**
 * What S3's answer says. Returns what may be gone next time, throws what is final.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
 *
 * @param {number} number
 * @param {number} status
 * @param {string} text
 * @returns {LarderError}
 */
function refusal(number, status, text) {
  const said = /<Code>([^<]+)<\/Code>/.exec(text)?.[1] ?? String(status);
  const refused = `S3 refused part ${number}: ${said}`;
  if (said === "BadDigest") {
    const message = `${refused}: it was damaged on its way, or the file changed`;
    return new LarderError(message, { status, code: "damaged" });
  }
  if (PASSING.test(said) || [403, 408, 429].includes(status) || status >= 500) {
    const message = `S3 did not take part ${number}: ${said}`;
    return new LarderError(message, { status, code: "no_answer" });
  }
  const code = said === "NoSuchUpload" ? "upload_gone" : "part_refused";
  throw new LarderError(refused, { status, code });
}
