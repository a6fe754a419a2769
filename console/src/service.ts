/** What the page asks of the service, which is its own origin: one function for each question. */
import { downloadUrl, LarderError, request } from "../../clients/js/larder.js";

export interface Client {
  baseURL: string;
  apiKey: string;
}

/** As the service describes it; times are in seconds since 1970. */
export interface StoredFile {
  id: string;
  bytes: number;
  created_at: number;
  expires_at: number;
  filename: string;
  purpose: string;
}

export interface PendingUpload {
  id: string;
  bytes: number;
  created_at: number;
  expires_at: number;
  filename: string;
  purpose: string;
  status: string;
}

export interface Usage {
  owner: string;
  bytes: number;
  reserved_bytes: number;
  quota_bytes: number;
  files: number;
  uploads: number;
  limits: { file_bytes: number; batch_bytes: number };
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

/** The key lives as long as the tab, and in no other. */
export const keyOfTab = {
  read: () => sessionStorage.getItem(KEY),
  keep: (key: string) => sessionStorage.setItem(KEY, key),
  forget: () => sessionStorage.removeItem(KEY),
};

export function usageOf(client: Client): Promise<Usage> {
  return request(client, "GET", "/usage");
}

/** The newest files, or those that come after one. */
export function filesOf(client: Client, purpose: string, after?: string): Promise<Page<StoredFile>> {
  const query = new URLSearchParams({ limit: String(PAGE_SIZE), order: "desc" });
  if (purpose) query.set("purpose", purpose);
  if (after) query.set("after", after);
  return request(client, "GET", `/files?${query}`);
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

export function messageOf(error: unknown): string {
  if (error instanceof LarderError && error.code === "no_answer") {
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
