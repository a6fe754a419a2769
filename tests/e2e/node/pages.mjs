// Lists page by page: node pages.mjs COUNT LIMIT
import OpenAI, { toFile } from "openai";

const [count, limit] = process.argv.slice(2).map(Number);
const client = new OpenAI();

const created = [];
for (let number = 0; number < count; number++) {
  const file = await toFile(Buffer.from("{}\n"), `${number}.jsonl`);
  created.push((await client.files.create({ file, purpose: "batch" })).id);
}

const listed = [];
for await (const file of client.files.list({ limit, order: "asc" })) listed.push(file.id);

let pages = 0;
for await (const _page of (await client.files.list({ limit })).iterPages()) pages++;

console.log(JSON.stringify({ created, listed, pages }));
