// The life of a file made from a stream: node life.mjs PATH
import { createReadStream, readFileSync } from "node:fs";
import { subscribe } from "node:diagnostics_channel";
import OpenAI from "openai";

const [path] = process.argv.slice(2);
const client = new OpenAI();

// What Node's own HTTP client was given: a body of unknown length goes out in chunks.
const lengths = [];
subscribe("undici:client:sendHeaders", ({ request }) => lengths.push(request.contentLength));

const created = await client.files.create({
  file: createReadStream(path),
  purpose: "batch",
  expires_after: { anchor: "created_at", seconds: 604800 },
});
const chunked = lengths[0] === null;
const waited = await client.files.waitForProcessing(created.id, { pollInterval: 3600_000 });
const retrieved = await client.files.retrieve(created.id);
const content = Buffer.from(await (await client.files.content(created.id)).arrayBuffer());
const deleted = await client.files.delete(created.id);
const afterwards = await client.files.retrieve(created.id).catch((error) => error);

console.log(
  JSON.stringify({
    created,
    chunked,
    waited,
    retrieved,
    sameContent: content.equals(readFileSync(path)),
    deleted,
    afterwards: { name: afterwards.constructor.name, requestId: afterwards.requestID },
  }),
);
