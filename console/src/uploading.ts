/** The files that are being sent from this page, each with a state of its own. */
import { newKey } from "../../clients/js/api.js";
import { forgetUpload, LarderError, uploadFile } from "../../clients/js/larder.js";
import {
  cancelUpload,
  type Client,
  isUnreachable,
  isUnreadable,
  messageOf,
  type StoredFile,
  storageOf,
} from "./service.ts";

export type Status = "waiting" | "sending" | "paused" | "failed" | "done";

export interface Sending {
  key: number;
  file: File;
  purpose: string;
  seconds: number;
  status: Status;
  loaded: number;
  /** Bytes a second of late, 0 while it is not known. */
  rate: number;
  /** Why it failed. */
  message: string;
  /** Whether another try may succeed. */
  canRetry: boolean;
}

const AT_ONCE = 2;
const RATE_MILLISECONDS = 5_000;

/** One file on its way; what only this module needs is not shown to others. */
interface Running extends Sending {
  /** Has a small file stored once, however often it is sent. */
  idempotencyKey: string;
  stop: AbortController;
  isLost: boolean;
  uploadId: string | null;
  isCancelled: boolean;
  samples: [time: number, loaded: number][];
}

/** What the queue tells. */
export interface Listener {
  /** Something is different, be it a figure. */
  changed: () => void;
  /** The owner holds more or less than before. */
  reserved: () => void;
  /** A file is there. */
  stored: (file: StoredFile) => void;
  /** A file could not be sent. */
  failed: (file: File, error: unknown) => void;
}

/**
 * A queue that sends two files at once. What is paused, or fails as a network does, goes on where it
 * was: the browser keeps which upload it is, without a key.
 */
export class Uploads {
  #client;
  #on;
  #queue: Running[] = [];
  #next = 0;

  constructor(client: Client, on: Listener) {
    this.#client = client;
    this.#on = on;
  }

  get all(): readonly Sending[] {
    return this.#queue;
  }

  get isBusy(): boolean {
    return this.#queue.some(({ status }) => status === "sending" || status === "waiting");
  }

  /** Whether an upload is one of these. */
  has(uploadId: string): boolean {
    return this.#queue.some((one) => one.uploadId === uploadId);
  }

  add(files: Iterable<File>, purpose: string, seconds: number): void {
    for (const file of files) {
      if (this.#queue.some((one) => isSame(one, file, purpose, seconds))) continue;
      this.#queue.push({
        key: this.#next++,
        file,
        purpose,
        seconds,
        status: "waiting",
        loaded: 0,
        rate: 0,
        message: "",
        canRetry: true,
        idempotencyKey: newKey(),
        stop: new AbortController(),
        isLost: false,
        uploadId: null,
        isCancelled: false,
        samples: [],
      });
    }
    this.#startNext();
  }

  pause(key: number): void {
    this.#set(key, "paused");
    this.#startNext();
  }

  resume(key: number): void {
    this.#set(key, "waiting");
    this.#startNext();
  }

  /** Goes on with all that lost their connection. */
  resumeLost(): void {
    for (const one of this.#queue) {
      if (one.status === "failed" && one.isLost) this.#set(one.key, "waiting");
    }
    this.#startNext();
  }

  /** Ends it for good, gives back what it had reserved, and forgets it. */
  async cancel(key: number): Promise<void> {
    const one = this.#find(key);
    if (!one) return;
    one.isCancelled = true;
    this.#leave(one);
    if (one.status === "done") return;
    const storage = storageOf("localStorage");
    try {
      if (one.uploadId !== null) await cancelUpload(this.#client, one.uploadId);
    } finally {
      if (storage && one.uploadId !== null) await forgetUpload(storage, one.uploadId);
      this.#on.reserved(); // a small file may have been stored as it was cancelled
    }
  }

  /** Stops all that is under way, as the page is left. */
  stop(): void {
    for (const one of this.#queue) one.stop.abort();
    this.#queue = [];
  }

  #find(key: number): Running | undefined {
    return this.#queue.find((one) => one.key === key);
  }

  #leave(one: Running): void {
    one.stop.abort();
    this.#queue = this.#queue.filter((other) => other !== one);
    this.#startNext();
  }

  #set(key: number, status: Status): void {
    const one = this.#find(key);
    if (!one || one.status === "done") return;
    one.stop.abort();
    Object.assign(one, { status, rate: 0, message: "", samples: [] });
    this.#on.changed();
  }

  #startNext(): void {
    let sending = this.#queue.filter(({ status }) => status === "sending").length;
    for (const one of this.#queue) {
      if (sending >= AT_ONCE || !navigator.onLine) break;
      if (one.status !== "waiting") continue;
      one.status = "sending";
      one.stop = new AbortController();
      sending += 1;
      void this.#send(one, one.stop.signal);
    }
    this.#on.changed();
  }

  async #send(one: Running, signal: AbortSignal): Promise<void> {
    const storage = storageOf("localStorage");
    try {
      const stored = await uploadFile(this.#client, one.file, {
        purpose: one.purpose,
        expiresAfter: one.seconds,
        idempotencyKey: one.idempotencyKey,
        ...(storage && { resume: storage }),
        signal,
        onProgress: ({ loaded }) => this.#progressed(one, signal, loaded),
        onUpload: ({ id }) => void this.#begun(one, id),
      });
      Object.assign(one, { status: "done", loaded: one.file.size, rate: 0 });
      this.#on.stored(stored);
      this.#on.reserved();
    } catch (error) {
      if (signal.aborted) return; // paused or cancelled, or begun again since
      if (error instanceof LarderError && error.code !== "no_answer") one.uploadId = null;
      one.isLost = isUnreachable(error);
      one.canRetry = !isUnreadable(error);
      Object.assign(one, { status: "failed", rate: 0, message: messageOf(error) });
      this.#on.failed(one.file, error);
    }
    this.#startNext();
  }

  async #begun(one: Running, id: string): Promise<void> {
    one.uploadId = id;
    if (one.isCancelled) await cancelUpload(this.#client, id).catch(() => {}); // it ends by itself
    this.#on.reserved();
  }

  #progressed(one: Running, signal: AbortSignal, loaded: number): void {
    if (signal.aborted) return;
    const now = performance.now();
    one.loaded = loaded;
    one.samples.push([now, loaded]);
    while ((one.samples[0]?.[0] ?? now) < now - RATE_MILLISECONDS) one.samples.shift();
    const [time, before] = one.samples[0] ?? [now, loaded];
    one.rate = now - time > 500 ? Math.max(0, (loaded - before) / ((now - time) / 1000)) : 0;
    this.#on.changed();
  }
}

function isSame(one: Sending, file: File, purpose: string, seconds: number): boolean {
  const isFile =
    one.file.name === file.name &&
    one.file.size === file.size &&
    one.file.lastModified === file.lastModified;
  return isFile && one.purpose === purpose && one.seconds === seconds && one.status !== "done";
}
