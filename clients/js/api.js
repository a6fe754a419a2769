/** One call of the API, by a client of the openai SDK or by `fetch`. */
import { LarderError, invalid, reason } from "./errors.js";
import { delays, mayRetry, pace, sleep, waitBeforeRetry, watch } from "./retry.js";

/**
 * Where the service is, for whoever has no SDK. In a browser leave `apiKey` out and have your own
 * server add it, at a `baseURL` such as `/files-api/v1`: what a page has, its user can read.
 *
 * @typedef {object} PlainClient
 * @property {string} baseURL
 * @property {string | null} [apiKey]
 * @property {Record<string, string>} [headers] Sent with every call, such as `Larder-Owner`.
 * @property {typeof globalThis.fetch} [fetch]
 */

/**
 * As much of `OpenAI` of the npm package `openai`, version 5 or newer, as is used.
 *
 * @typedef {object} SdkClient
 * @property {string} baseURL
 * @property {(options: any) => PromiseLike<any>} request
 */

/** @typedef {SdkClient | PlainClient} Client */

/**
 * @typedef {object} CallOptions
 * @property {Record<string, string>} [headers]
 * @property {AbortSignal | undefined} [signal]
 */

/**
 * Calls the API, again where that is of use, and returns the JSON that it answers.
 *
 * A client of the SDK calls it with its own key, headers and retries.
 *
 * @param {Client} client
 * @param {string} method Such as `GET`.
 * @param {string} path Below the base URL, such as `/files?limit=20`.
 * @param {FormData | object} [body] A form, or what becomes JSON.
 * @param {CallOptions} [options]
 * @returns {Promise<any>}
 * @throws {LarderError} The service refused, or did not answer (`no_answer`), or somebody did who
 *   is no Larder (`not_understood`).
 */
export async function request(client, method, path, body, { headers = {}, signal } = {}) {
  if (typeof client?.baseURL !== "string" || client.baseURL === "") {
    throw invalid("client", "client must be an OpenAI client or {baseURL, apiKey}");
  }
  signal?.throwIfAborted();
  const call = { method, path, body, headers, signal };
  const answer = "request" in client ? await bySdk(client, call) : await byFetch(client, call);
  if (typeof answer === "object" && answer !== null) return answer;
  throw noLarder(client, call, "JSON"); // but a page of HTML, as of a proxy
}

/**
 * The same, of which the answer is known to be an object of this kind.
 *
 * @param {Client} client
 * @param {string} kind What the answer's `object` says.
 * @param {[string, string, (FormData | object)?, CallOptions?]} call As for `request`.
 * @returns {Promise<any>}
 * @throws {LarderError} Also when somebody answered who is no Larder (`not_understood`).
 */
export async function ask(client, kind, call) {
  const answer = await request(client, ...call);
  if (answer?.object === kind) return answer;
  const [method, path] = call;
  throw noLarder(client, { method, path }, `a ${kind}`);
}

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
 * @param {Client} client
 * @param {{ method: string, path: string }} call
 * @param {string} expected
 */
function noLarder({ baseURL }, { method, path }, expected) {
  const what = `it answered ${method} ${path.split("?")[0]} without ${expected}`;
  return new LarderError(`${baseURL} is no Larder: ${what}`, { code: "not_understood" });
}

/**
 * @typedef {object} Call
 * @property {string} method
 * @property {string} path
 * @property {FormData | object | undefined} body
 * @property {Record<string, string>} headers
 * @property {AbortSignal | undefined} signal
 */

/**
 * @param {SdkClient} client
 * @param {Call} call
 * @returns {Promise<any>}
 */
async function bySdk(client, { method, path, body, headers, signal }) {
  const given = { ...(body && { body }), ...(signal && { signal }) };
  try {
    return await client.request({ method: method.toLowerCase(), path, headers, ...given });
  } catch (cause) {
    signal?.throwIfAborted();
    const { status, error, requestID } = /** @type {any} */ (cause ?? {});
    if (typeof status !== "number") {
      const message = `no answer from ${client.baseURL}: ${reason(cause)}`;
      throw new LarderError(message, { code: "no_answer", cause });
    }
    throw refused(client, status, { error }, requestID, cause);
  }
}

/**
 * @param {PlainClient} client
 * @param {Call} call
 * @returns {Promise<any>}
 */
async function byFetch(client, call) {
  const { signal } = call;
  /** @type {LarderError | undefined} */
  let failure;
  for (const delay of delays()) {
    let wait = delay;
    try {
      const { status, headers, body } = await once(client, call);
      if (status < 400) return body;
      failure = refused(client, status, body, headers.get("x-request-id"));
      if (delay === null || !mayRetry(status, headers)) throw failure;
      wait = waitBeforeRetry(delay, headers);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof LarderError) throw error;
      const message = `no answer from ${client.baseURL}: ${reason(error)}`;
      failure = new LarderError(message, { code: "no_answer", cause: error });
    }
    if (wait !== null) await sleep(wait, signal);
  }
  throw failure;
}

/**
 * @param {PlainClient} client
 * @param {Call} call
 * @returns {Promise<{ status: number, headers: Headers, body: unknown }>}
 */
async function once(client, { method, path, body, headers, signal }) {
  const isForm = body instanceof FormData;
  const isJson = body !== undefined && !isForm;
  const patience = watch(signal, isForm ? pace.form : pace.stalled);
  try {
    const response = await (client.fetch ?? fetch)(client.baseURL.replace(/\/+$/, "") + path, {
      method,
      headers: {
        ...authorization(client),
        ...client.headers,
        ...(isJson && { "content-type": "application/json" }),
        ...headers,
      },
      body: isJson ? JSON.stringify(body) : (body ?? null),
      signal: patience.signal,
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: json(text) };
  } finally {
    patience.end();
  }
}

/**
 * @param {PlainClient} client
 * @returns {Record<string, string>}
 */
function authorization({ apiKey }) {
  const key = apiKey?.trim();
  if (!key) return {};
  // The platform's own refusal shows the whole of it.
  if (!/^[!-~]+$/.test(key)) throw invalid("apiKey", "apiKey has characters that no header takes");
  return { authorization: `Bearer ${key}` };
}

/** @param {string} text */
function json(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * @param {Client} client
 * @param {number} status
 * @param {any} body
 * @param {string | null} [requestId]
 * @param {unknown} [cause]
 */
function refused(client, status, body, requestId, cause) {
  const { message, code, param } = body?.error ?? {};
  const said = typeof message === "string" && message ? message : undefined;
  return new LarderError(said ?? `${client.baseURL} answered ${status} without a reason`, {
    status,
    code: code ?? null,
    param: param ?? null,
    requestId: requestId ?? null,
    cause,
  });
}
