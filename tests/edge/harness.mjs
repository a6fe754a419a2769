// Runs a CloudFront Function on requests, all as JSON on standard input; writes the id of the origin
// that it selects for each, and whether it gave the request back as it was.
import { readFileSync } from 'node:fs';

const { source, requests } = JSON.parse(readFileSync(0, 'utf8'));
const [imported, ...rest] = source.split("import cf from 'cloudfront';");
if (rest.length !== 1) {
  throw new Error('the function must import cf from cloudfront, once');
}

let selected;
const cf = { selectRequestOriginById: (id) => { selected = id; } };
const handler = new Function('cf', `'use strict';\n${imported}${rest[0]}\nreturn handler;`)(cf);

const answers = requests.map((request) => {
  selected = undefined;
  const before = JSON.stringify(request);
  const untouched = JSON.stringify(handler({ version: '1.0', request })) === before;
  return { selected, untouched };
});
process.stdout.write(JSON.stringify(answers));
