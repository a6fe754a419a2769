// Chromium from an npm package, unpacked once, with the libraries that the package brings for it.
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
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
      FONTCONFIG_FILE: join(home, "fonts.conf"),
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
  mkdirSync(unfinished);
  const { TMPDIR = "/tmp" } = process.env;
  process.env.TMPDIR = unfinished; // where the package unpacks to
  await chromiumPackage.executablePath();
  await inflate(join(dirname(main), "..", "bin", "al2023.tar.br"));
  process.env.TMPDIR = TMPDIR;
  // The package's own names folders that only Lambda has; without a font Chromium ends.
  const fonts = `<fontconfig><dir>${home}/fonts</dir><cachedir>${home}/cache</cachedir></fontconfig>`;
  writeFileSync(join(unfinished, "fonts.conf"), fonts);
  try {
    renameSync(unfinished, home);
  } catch (error) {
    if (!existsSync(home)) throw error;
    rmSync(unfinished, { recursive: true }); // another process was first
  }
  return home;
}
