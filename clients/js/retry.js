/** When to try again, and how long to wait: the openai SDKs' rules. Times are in milliseconds. */

/** How often, and how patiently; a whole form is given as long as the SDKs give it. */
export const pace = { attempts: 6, first: 500, longest: 8_000, stalled: 60_000, form: 600_000 };

// What a server may ask for at most; beyond it the SDKs do as they please, and so do we.
const LONGEST_RETRY_AFTER = 120_000;

/**
 * The wait before each of the further attempts, doubling, less up to a quarter; at last null.
 *
 * @returns {(number | null)[]}
 */
export function delays() {
  const jitter = () => 1 - 0.25 * Math.random();
  const waits = Array.from({ length: pace.attempts - 1 }, (_, attempt) =>
    Math.min(pace.first * 2 ** attempt, pace.longest) * jitter(),
  );
  return [...waits, null];
}

/**
 * Whether the answer may differ next time; the server's `x-should-retry` decides.
 *
 * @param {number} status
 * @param {Headers} headers
 */
export function mayRetry(status, headers) {
  const wanted = headers.get("x-should-retry");
  if (wanted !== null) return wanted.toLowerCase() === "true";
  return status === 408 || status === 409 || status === 429 || status >= 500;
}

/**
 * The server's Retry-After, if it is sensible, else the delay.
 *
 * @param {number} delay
 * @param {Headers} headers
 */
export function waitBeforeRetry(delay, headers) {
  const asked = 1000 * Number(headers.get("retry-after") ?? NaN);
  return 0 < asked && asked <= LONGEST_RETRY_AFTER ? asked : delay;
}

/**
 * Waits, but throws the signal's reason as soon as it is aborted.
 *
 * @param {number} milliseconds
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<void>}
 */
export function sleep(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const end = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", end);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", end, { once: true });
  });
}

/**
 * What the promise comes to, or the signal's reason as soon as that is aborted.
 *
 * @param {AbortSignal} signal
 * @param {Promise<any>} promise
 * @returns {Promise<any>}
 */
export function unlessAborted(signal, promise) {
  return new Promise((resolve, reject) => {
    const end = () => reject(signal.reason);
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
    promise.then(resolve, reject).then(() => signal.removeEventListener("abort", end));
  });
}

/**
 * A signal that is aborted once nothing has been touched for long, or with the caller's own.
 *
 * @param {AbortSignal | undefined} signal The caller's own.
 * @param {number} [most] How long that is.
 */
export function watch(signal, most = pace.stalled) {
  const stalled = new AbortController();
  let isOver = false;
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;
  const pause = () => clearTimeout(timer);
  const touch = () => {
    pause();
    if (isOver) return; // what was still on its way when it ended
    timer = setTimeout(() => stalled.abort(new Error("nothing moved any more")), most);
  };
  const end = () => {
    isOver = true;
    pause();
  };
  touch();
  const either = signal ? AbortSignal.any([signal, stalled.signal]) : stalled.signal;
  return { signal: either, touch, pause, end };
}
