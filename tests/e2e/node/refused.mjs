// Forms that are to be refused: node refused.mjs FORMS, a list in JSON.
// Prints the status and the message that each of them is answered with.
import { openAsBlob } from "node:fs";
import OpenAI from "openai";

const client = new OpenAI({ maxRetries: 0 }); // a second try would hide a first that broke

const told = async (form) => {
  const content = new File([await openAsBlob(form.file)], "refused.jsonl");
  const options = { headers: { Authorization: null, ...form.headers } };
  const purpose = form.purpose ? { purpose: form.purpose } : {};
  const sent = form.upload_id
    ? client.uploads.parts.create(form.upload_id, { data: content }, options)
    : client.files.create({ ...purpose, file: content }, options);
  return sent.then(
    () => [200, "it was stored"],
    (error) => [error.status ?? error.name, error.error?.message ?? String(error.cause)],
  );
};

const answers = [];
for (const form of JSON.parse(process.argv[2])) answers.push(await told(form));
console.log(JSON.stringify(answers));
