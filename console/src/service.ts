/** What the page asks of the service, which is its own origin: one function for each question. */
import { downloadUrl, LarderError, request } from "../../clients/js/larder.js";

export interface Client {
  baseURL: string;
  apiKey: string;
}

/** What files and uploads have, as the service describes them; times are in seconds since 1970. */
export interface StoredFile {
  id: string;
  bytes: number;
  created_at: number;
  expires_at: number;
  filename: string;
  purpose: string;
}

export interface PendingUpload extends StoredFile {
  status: string;
}

export interface Usage {
  owner: string;
  bytes: number;
  reserved_bytes: number;
  quota_bytes: number;
  files: number;
  uploads: number;
  limits: {
    /** The most bytes of a file, by the purposes that may be uploaded. */
    purposes: Record<string, number>;
  };
}

export interface Page<T> {
  data: T[];
  has_more: boolean;
  last_id: string;
}

const KEY = "larder-api-key";
const PAGE_SIZE = 1000;

/** The page is at `…/v1/console`, and the API around it. */
export const baseURL = new URL(".", location.href).href.replace(/\/$/, "");

/** The key lives as long as the tab, and in no other; where a browser keeps nothing, until a reload. */
export const keyOfTab = {
  read: () => storageOf("sessionStorage")?.getItem(KEY) ?? null,
  keep: (key: string) => storageOf("sessionStorage")?.setItem(KEY, key),
  forget: () => storageOf("sessionStorage")?.removeItem(KEY),
};

/** A storage of the browser, which may forbid it to this page. */
export function storageOf(name: "localStorage" | "sessionStorage"): Storage | undefined {
  try {
    return globalThis[name];
  } catch {
    return undefined;
  }
}

export function usageOf(client: Client): Promise<Usage> {
  return request(client, "GET", "/usage");
}

/** The newest files, at least so many if there are. */
export async function filesOf(client: Client, purpose: string, count: number) {
  const files: StoredFile[] = [];
  for (;;) {
    const query = new URLSearchParams({ limit: String(PAGE_SIZE), order: "desc" });
    if (purpose) query.set("purpose", purpose);
    if (files.length > 0) query.set("after", files.at(-1)!.id);
    const page: Page<StoredFile> = await request(client, "GET", `/files?${query}`);
    files.push(...page.data);
    if (!page.has_more || files.length >= count) return { files, hasMore: page.has_more };
  }
}

/** The uploads that may still become files, newest first. */
export async function pendingUploadsOf(client: Client): Promise<PendingUpload[]> {
  const pending: PendingUpload[] = [];
  let after = "";
  for (;;) {
    const query = new URLSearchParams({ limit: "100", order: "desc", ...(after && { after }) });
    const page: Page<PendingUpload> = await request(client, "GET", `/uploads?${query}`);
    pending.push(...page.data.filter((upload) => upload.status === "pending"));
    if (!page.has_more) return pending;
    after = page.last_id;
  }
}

export function deleteFile(client: Client, id: string): Promise<unknown> {
  return goneIsDone(request(client, "DELETE", `/files/${id}`));
}

export function cancelUpload(client: Client, id: string): Promise<unknown> {
  return goneIsDone(request(client, "POST", `/uploads/${id}/cancel`));
}

/** Where the browser can fetch a file's content, for a minute. */
export async function contentUrl(client: Client, id: string): Promise<string> {
  const { url } = await downloadUrl(client, id, { expiry: 60 });
  return url;
}

export function isWrongKey(error: unknown): boolean {
  return error instanceof LarderError && error.status === 401;
}

/** Whether nobody answered, so that it is worth another try when the connection is back. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof LarderError && error.code === "no_answer" && error.status === null;
}

/** Whether a file of the user's cannot be read: it is gone, was changed, or is a folder. */
export function isUnreadable(error: unknown): boolean {
  return error instanceof LarderError && error.code === "unreadable";
}

export function messageOf(error: unknown): string {
  if (isUnreadable(error)) return "It cannot be read, or was changed: choose it again.";
  if (isUnreachable(error)) {
    return "The service cannot be reached. Look at your connection, and try again.";
  }
  return error instanceof Error ? error.message : String(error);
}

async function goneIsDone(asked: Promise<unknown>): Promise<unknown> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof LarderError && error.status === 404) return null;
    throw error;
  }
}
