// The console in a browser, as a person uses it: node console.mjs LARGE SMALL KEY PICTURES
// Prints what was seen. KEY is of whoever has a quota that LARGE does not fit in,
// PICTURES a folder for pictures of the page's states, or empty.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { startChromium } from "./chromium.mjs";

const [large, small, poorKey, pictures] = process.argv.slice(2);
const MIB = 2 ** 20;
const address = `${process.env.OPENAI_BASE_URL}/console`;
const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const name = basename(large);
const smallName = basename(small);

const browser = await startChromium([]).catch((error) => {
  console.log(JSON.stringify({ unavailable: error.message }));
  process.exit(0);
});
const seen = { violations: {}, hosts: [], complaints: [] };
const context = await browser.newContext({ acceptDownloads: true, bypassCSP: false });
await context.grantPermissions(["clipboard-read", "clipboard-write"]);
const page = await context.newPage();
page.setDefaultTimeout(90_000);
const sent = []; // the parts that went to S3, by number
page.on("request", (request) => seen.hosts.push(new URL(request.url()).host));
page.on("requestfinished", (request) => {
  const part = new URL(request.url()).searchParams.get("partNumber");
  if (request.method() === "PUT" && part) sent.push(Number(part));
});
page.on("pageerror", (error) => seen.complaints.push(error.message));
page.on("console", (message) => {
  if (/Content.Security.Policy/i.test(message.text())) seen.complaints.push(message.text());
});
const devtools = await context.newCDPSession(page);

/** As a line is, so that there is something to see; axe and pictures are taken at full speed. */
async function lineOf(bytesPerSecond, offline = false) {
  const line = { latency: 0, downloadThroughput: -1, uploadThroughput: bytesPerSecond };
  await devtools.send("Network.emulateNetworkConditions", { offline, ...line });
}

/** Holds a state of the page against axe, and takes its picture. */
async function look(state) {
  if (pictures) await page.screenshot({ path: join(pictures, `console-${state}.png`) });
  // By the debugger, since the page's policy lets no other script in.
  const source = await readFile(axe, "utf8");
  await devtools.send("Runtime.evaluate", { expression: source });
  const { violations } = await page.evaluate(() => window.axe.run(document));
  seen.violations[state] = violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
}

const open = async () => {
  await page.goto(address);
  await page.getByRole("heading", { name: "Larder" }).waitFor();
};
const row = (text) => page.getByRole("row").filter({ hasText: text });
const entry = (text) => page.getByRole("list", { name: "Files being uploaded" }).getByRole("listitem").filter({ hasText: text });
const button = (text) => page.getByRole("button", { name: text, exact: true });
const stateOf = (part) => entry(part).locator(".state").innerText();
const choose = (path) => page.getByLabel("Choose files").setInputFiles(path);

/** Drops a small text file, as a file manager would. */
async function drop(path) {
  const dropped = await page.evaluateHandle(
    ([content, filename]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([content], filename));
      return transfer;
    },
    [await readFile(path, "utf8"), basename(path)],
  );
  await page.locator(".drop").dispatchEvent("drop", { dataTransfer: dropped });
}

async function aPartIsSent() {
  while (sent.length === 0) await page.waitForEvent("requestfinished");
}

async function clear(name) {
  await button(`Clear ${name} from this list`).click();
  await entry(name).waitFor({ state: "detached" });
}

const pastMiB = (count) =>
  page.waitForFunction((bytes) => document.querySelector(".sending progress")?.value > bytes, count * MIB);

// --- a wrong key, then the right one, by the keyboard alone ---

await open();
await page.keyboard.type("sk-larder-wrong");
await page.keyboard.press("Enter");
await page.getByRole("alert").filter({ hasText: /know/ }).waitFor();
seen.wrongKey = {
  alert: await page.getByRole("alert").innerText(),
  isFocused: await page.getByLabel("API key").evaluate((field) => field === document.activeElement),
};
await look("wrong-key");
await page.keyboard.press("ControlOrMeta+A");
await page.keyboard.type(process.env.OPENAI_API_KEY);
await page.keyboard.press("Enter");
await page.getByRole("meter", { name: "Usage" }).waitFor();
seen.empty = await page.getByText("No files yet").isVisible();
await look("empty");

// --- 100 MB: progress, pause, resume ---

await lineOf(12 * MIB);
await choose(large);
await aPartIsSent();
await button(`Pause ${name}`).focus();
await page.keyboard.press("Enter");
await button(`Resume ${name}`).waitFor();
seen.focusStays = await button(`Resume ${name}`).evaluate((it) => it === document.activeElement);
await page.getByText("for unfinished uploads").waitFor();
seen.paused = {
  state: await stateOf(name),
  elsewhere: await page.getByRole("heading", { name: "Unfinished uploads" }).count(),
};
const beforePause = new Set(sent);
sent.length = 0;
await button(`Resume ${name}`).click();
await lineOf(-1);
await entry(name).getByText("Uploaded").waitFor();
seen.resumed = { again: sent.filter((part) => beforePause.has(part)), after: sent.length };
await row(name).waitFor();
seen.arrived = await row(name).innerText();

// --- the page is loaded anew in the middle, and the file is chosen again ---

await clear(name);
await lineOf(12 * MIB);
sent.length = 0;
await choose(large);
await aPartIsSent();
page.once("dialog", (dialog) => dialog.accept());
await page.reload();
await page.getByRole("heading", { name: "Unfinished uploads" }).waitFor();
await look("unfinished");
const beforeReload = new Set(sent);
sent.length = 0;
await lineOf(-1);
await choose(large);
await entry(name).getByText("Uploaded").waitFor();
seen.reloaded = { again: sent.filter((part) => beforeReload.has(part)), after: sent.length };

// --- the network is lost and comes back ---

await clear(name);
await lineOf(12 * MIB);
sent.length = 0;
await choose(large);
await aPartIsSent();
await look("uploading");
await context.setOffline(true);
await lineOf(-1, true);
await entry(name).and(page.locator(".failed")).waitFor({ timeout: 120_000 });
seen.lost = { state: await stateOf(name) };
await look("lost");
const beforeLoss = new Set(sent);
sent.length = 0;
await lineOf(-1);
await context.setOffline(false);
await entry(name).getByText("Uploaded").waitFor();
seen.back = { again: sent.filter((part) => beforeLoss.has(part)), after: sent.length };

// --- what is begun and cancelled gives its bytes back ---

await clear(name);
await lineOf(12 * MIB);
await choose(large);
await pastMiB(20);
await button(`Cancel ${name}`).click();
await lineOf(-1);
await page.getByText("for unfinished uploads").waitFor({ state: "detached" });
seen.cancelled = await page.getByRole("list", { name: "Files being uploaded" }).count();

// --- find, sort, copy, download ---

await drop(small);
await entry(smallName).getByText("Uploaded").waitFor();
await row(smallName).waitFor();
await page.getByLabel("Find").fill(smallName);
await row(name).first().waitFor({ state: "detached" });
seen.found = await page.getByRole("row").count();
await page.getByLabel("Find").fill("");
await button("Size").click();
seen.sorted = {
  first: await page.getByRole("row").nth(1).innerText(),
  direction: await page.getByRole("columnheader", { name: "Size" }).getAttribute("aria-sort"),
};
await button(`Copy id of ${smallName}`).click();
await page.getByRole("status").filter({ hasText: "Copied" }).waitFor();
seen.copied = await page.evaluate(() => navigator.clipboard.readText());
const downloading = context.waitForEvent("download");
await button(`Download ${smallName}`).click();
const download = await downloading;
seen.downloaded = {
  name: download.suggestedFilename(),
  content: await readFile(await download.path(), "utf8"),
};
await look("files");

// --- delete: Escape keeps it, then by the keyboard alone ---

const remove = button(`Delete ${smallName}`);
await remove.focus();
await page.keyboard.press("Enter");
await page.getByRole("dialog").waitFor();
await look("question");
await page.keyboard.press("Escape");
await page.getByRole("dialog").waitFor({ state: "hidden" });
seen.kept = await row(smallName).count();
await remove.focus();
await page.keyboard.press("Enter");
await page.getByRole("dialog").waitFor();
await page.keyboard.press("Tab");
await page.keyboard.press("Enter");
await row(smallName).waitFor({ state: "detached" });
seen.deleted = await page.getByRole("status").innerText();
await page.waitForFunction(() => document.activeElement.id === "files-title");

// --- dark, and on a telephone ---

await page.emulateMedia({ colorScheme: "dark" });
await look("dark");
await page.setViewportSize({ width: 390, height: 844 });
await look("telephone");
seen.scrollsSideways = await page.evaluate(
  () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
);
await page.emulateMedia({ colorScheme: "light" });
await page.setViewportSize({ width: 1280, height: 800 });

// --- the key is forgotten ---

seen.stored = await page.evaluate(() => JSON.stringify(localStorage));
await button("Forget key").click();
await page.getByLabel("API key").waitFor();
seen.forgotten = await page.evaluate(() => sessionStorage.length);

// --- a quota that is full ---

await page.getByLabel("API key").fill(poorKey);
await button("Open").click();
await choose(small);
await entry(smallName).getByText("Uploaded").waitFor();
await choose(large);
await entry(name).and(page.locator(".failed")).waitFor();
await page.locator(".bar.full").waitFor();
seen.full = { state: await stateOf(name), usage: await page.locator(".usage p").innerText() };
await look("full");

await browser.close();
seen.hosts = [...new Set(seen.hosts)];
console.log(JSON.stringify(seen));
