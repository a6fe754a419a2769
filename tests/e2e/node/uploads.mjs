// The Uploads API, its parts sent out of order, and a second upload given up.
import { createHash } from "node:crypto";
import OpenAI, { toFile } from "openai";

const client = new OpenAI();
const content = Buffer.alloc(9 * 2 ** 20, (_, index) => index);
for (let at = 0; at < content.length; at += 4096) content.writeUInt32BE(at, at);
const middle = 4 * 2 ** 20;
const wanted = {
  filename: "große Datei.jsonl",
  purpose: "batch",
  bytes: content.length,
  mime_type: "application/jsonl",
  expires_after: { anchor: "created_at", seconds: 3600 },
};

const upload = await client.uploads.create(wanted);
const parts = [];
const send = async (bytes) => {
  parts.push(await client.uploads.parts.create(upload.id, { data: await toFile(bytes, "part") }));
  return parts.at(-1).id;
};
const last = await send(content.subarray(2 * middle));
const first = await send(content.subarray(0, middle));
const second = await send(content.subarray(middle, 2 * middle));
const completed = await client.uploads.complete(upload.id, {
  part_ids: [first, second, last],
  md5: createHash("md5").update(content).digest("hex"),
});
const read = Buffer.from(await (await client.files.content(completed.file.id)).arrayBuffer());

const other = await client.uploads.create(wanted);
const cancelled = await client.uploads.cancel(other.id);
const late = await client.uploads.parts
  .create(other.id, { data: await toFile(Buffer.from("late"), "part") })
  .catch((error) => error);

console.log(
  JSON.stringify({
    upload,
    parts,
    completed,
    sameContent: read.equals(content),
    cancelled,
    late: { status: late.status, code: late.code },
  }),
);
