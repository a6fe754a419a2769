// The JavaScript client in a browser, on a page of one of the stage's origins:
// node browser.mjs PATH PAGE'S-ORIGIN
import { createReadStream } from "node:fs";
import { createServer, request as forward } from "node:http";
import { join } from "node:path";
import { startChromium } from "./chromium.mjs";

const [path, origin] = process.argv.slice(2);
const FORBIDDEN = "http://localhost:3999";
const MIB = 2 ** 20;
const client = join(import.meta.dirname, "..", "..", "..", "clients", "js");
const larder = new URL(process.env.OPENAI_BASE_URL);

// What every user has: a server of the page's own, which alone knows the key.
const server = createServer((request, response) => {
  if (request.url.startsWith("/v1/")) {
    const headers = { ...request.headers, host: larder.host };
    headers.authorization = `Bearer ${process.env.OPENAI_API_KEY}`;
    const { hostname, port } = larder;
    const call = { hostname, port, path: request.url, method: request.method, headers };
    const behind = forward(call, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    request.pipe(behind);
    return;
  }
  const [, module] = /^\/client\/([a-z0-9-]+\.js)$/.exec(request.url) ?? [];
  response.setHeader("content-type", module ? "text/javascript" : "text/html");
  const page = join(import.meta.dirname, "page", "index.html");
  createReadStream(module ? join(client, module) : page).pipe(response);
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

// The origin's port need not be free: the browser is told where its pages are.
const here = `127.0.0.1:${server.address().port}`;
const rules = [origin, FORBIDDEN].map((one) => `MAP ${new URL(one).host} ${here}`);
const browser = await startChromium([`--host-resolver-rules=${rules.join(",")}`]).catch((error) => {
  console.log(JSON.stringify({ unavailable: error.message }));
  process.exit(0);
});

const context = await browser.newContext();
const page = await context.newPage();
const sent = []; // the parts that went to S3, by number
page.on("requestfinished", (request) => {
  if (request.method() === "PUT") sent.push(Number(new URL(request.url()).searchParams.get("partNumber")));
});

async function open(from) {
  await page.goto(from);
  await page.waitForFunction(() => window.isReady);
  await page.setInputFiles("input", path);
  sent.length = 0;
}

const upload = (options) => page.evaluate((given) => window.upload(given), options);
const latest = async () => {
  const uploads = await page.evaluate(() => window.request("GET", "/uploads?limit=1"));
  return uploads.data[0].status;
};

await open(origin);
// As a line is, so that there is something to see.
const devtools = await context.newCDPSession(page);
const line = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 20 * MIB };
await devtools.send("Network.emulateNetworkConditions", line);
const whole = await upload({});
whole.sent = [...sent];
whole.downloaded = await page.evaluate((id) => window.download(id), whole.file.id);

await open(origin);
const given = await upload({ threads: 1, abortAt: 8 * MIB });
given.status = await latest();

const paused = await upload({ threads: 1, abortAt: 8 * MIB, resume: true });
paused.status = await latest();
await open(origin); // loaded anew, as after a crash
const continued = await upload({ threads: 1, resume: true });
continued.sent = [...sent];
continued.kept = await page.evaluate(() => localStorage.length);

await open(FORBIDDEN);
const forbidden = await upload({});
forbidden.status = await latest();

await browser.close();
server.close();
console.log(JSON.stringify({ whole, given, paused, continued, forbidden }));
