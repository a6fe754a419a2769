// Opens pages from the folder that they are in, and prints what became of each, as JSON.
import { pathToFileURL } from "node:url";
import { startChromium } from "../e2e/node/chromium.mjs";

const browser = await startChromium([]);
const found = [];
for (const path of process.argv.slice(2)) {
  const page = await browser.newPage();
  page.setDefaultTimeout(100_000); // other tests have the machine, too
  const [errors, asked, blocked] = [[], new Set(), new Set()];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("request", (request) => asked.add(request.url()));
  page.on("requestfailed", (request) => {
    if (request.failure().errorText === "csp") blocked.add(request.url());
  });
  await page.goto(pathToFileURL(path).href, { waitUntil: "load" });
  // Redoc keeps what was rendered before until it has taken it over, and Mermaid draws in turn.
  await page.waitForFunction(
    () =>
      document.querySelectorAll("pre.mermaid:not(:has(svg))").length === 0 &&
      (!document.querySelector("#redoc") || document.querySelector('#redoc a[href^="#"]')),
  );
  found.push({
    errors,
    asked: [...asked].filter((url) => /^(https?|wss?):/.test(url) && !blocked.has(url)),
    pictures: await page.locator("pre.mermaid svg").count(),
    failed: await page.locator('svg[aria-roledescription="error"]').count(),
    headings: await page.locator("h1, h2").allInnerTexts(),
  });
  await page.close();
}
await browser.close();
console.log(JSON.stringify(found));
