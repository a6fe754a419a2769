/**
 * Called with the bytes that have been sent or received, and the bytes in all. What must be sent
 * again is taken back.
 *
 * @callback OnProgress
 * @param {{ loaded: number, total: number }} progress
 * @returns {void}
 */

/** Counts the bytes of one transfer. What `onProgress` throws ends it. */
export class Progress {
  #loaded = 0;
  #total;
  #onProgress;
  #stop;

  /**
   * @param {number} total
   * @param {OnProgress | undefined} onProgress
   * @param {AbortController} stop
   */
  constructor(total, onProgress, stop) {
    this.#total = total;
    this.#onProgress = onProgress;
    this.#stop = stop;
  }

  /** @param {number} bytes Fewer than none for what must be sent again. */
  advance(bytes) {
    if (bytes === 0) return;
    this.#loaded += bytes;
    try {
      this.#onProgress?.({ loaded: this.#loaded, total: this.#total });
    } catch (error) {
      this.#stop.abort(error);
    }
  }
}
