// One large file, its field before the purpose's: node large.mjs stream|blob PATH
import { createHash } from "node:crypto";
import { subscribe } from "node:diagnostics_channel";
import { createReadStream, openAsBlob } from "node:fs";
import { basename } from "node:path";
import OpenAI from "openai";

const [way, path] = process.argv.slice(2);
const client = new OpenAI();

// What Node's own HTTP client was given: a body of unknown length goes out in chunks.
const lengths = [];
subscribe("undici:client:sendHeaders", ({ request }) => lengths.push(request.contentLength));

const file = await {
  stream: () => createReadStream(path),
  blob: async () => new File([await openAsBlob(path)], basename(path)),
}[way]();
const created = await client.files.create({ file, purpose: "batch" });
const chunked = lengths[0] === null;

const digest = createHash("sha256");
for await (const chunk of (await client.files.content(created.id)).body) digest.update(chunk);

console.log(JSON.stringify({ created, chunked, sha256: digest.digest("hex") }));
