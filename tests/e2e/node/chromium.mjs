// Chromium from an npm package, unpacked once, with the libraries that the package brings for it.
import { existsSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import chromiumPackage, { inflate } from "@sparticuz/chromium";
import { chromium } from "playwright-core";

const build = join(import.meta.dirname, "..", "..", "..", "build");
const require = createRequire(import.meta.url);

/**
 * Starts it. The package's own flags are not used: one of them turns CORS off.
 *
 * @param {string[]} args More flags.
 */
export async function startChromium(args) {
  const home = await unpacked();
  const libraries = [join(home, "al2023", "lib"), process.env.LD_LIBRARY_PATH].filter(Boolean);
  return chromium.launch({
    executablePath: join(home, "chromium"),
    args: ["--no-zygote", ...args],
    env: {
      ...process.env,
      FONTCONFIG_PATH: join(home, "fonts"),
      LD_LIBRARY_PATH: libraries.join(":"),
    },
  });
}

async function unpacked() {
  const main = require.resolve("@sparticuz/chromium");
  const { version } = require(join(dirname(main), "..", "package.json"));
  const home = join(build, `chromium-${version}`);
  if (existsSync(home)) return home;
  const unfinished = `${home}.${process.pid}`;
  rmSync(unfinished, { recursive: true, force: true });
  process.env.TMPDIR = unfinished; // where the package unpacks to
  await chromiumPackage.executablePath();
  await inflate(join(dirname(main), "..", "bin", "al2023.tar.br"));
  renameSync(unfinished, home);
  return home;
}
