/**
 * What a LarderError says beside its message.
 *
 * @typedef {object} Refusal
 * @property {number | null} [status] The HTTP status of the service's or S3's refusal. With
 *   `no_answer` it is S3's, such as 403 or 503, and null only when nobody has answered.
 * @property {string | null} [code] For a program: the service's, or one of this package's own:
 *   `invalid_argument`, `unreadable`, `no_answer`, `not_understood`, `part_refused`,
 *   `upload_gone`, `content_refused`, `damaged`.
 * @property {string | null} [param] The parameter that is wrong.
 * @property {string | null} [requestId] Names the request in the service's logs.
 * @property {unknown} [cause] The error that this one was made of, such as the SDK's.
 */

/** Anything that this package reports; its message is one line for a person. */
export class LarderError extends Error {
  /**
   * @param {string} message
   * @param {Refusal} [refusal]
   */
  constructor(message, { status = null, code = null, param = null, requestId = null, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "LarderError";
    this.status = status;
    this.code = code;
    this.param = param;
    this.requestId = requestId;
  }
}

/**
 * That an argument has no meaning.
 *
 * @param {string} param
 * @param {string} message
 * @returns {LarderError}
 */
export function invalid(param, message) {
  return new LarderError(message, { param, code: "invalid_argument" });
}

/**
 * What to say of an error that something else has raised.
 *
 * @param {unknown} error
 * @returns {string}
 */
export function reason(error) {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return inner instanceof Error && inner.message ? inner.message : String(inner);
}
