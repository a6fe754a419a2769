// Runs a Python program in Pyodide, which is CPython in WebAssembly, with a folder of this machine
// in its file system: node pyodide.mjs FOLDER MOUNTED_AT PROGRAM ARGUMENT…
import { loadPyodide } from "pyodide";

const [folder, mountedAt, program, ...args] = process.argv.slice(2);
// A fixed hash seed: what depends on the order of a set must not differ.
const python = await loadPyodide({ env: { PYTHONHASHSEED: "0" } });
python.mountNodeFS(mountedAt, folder);
python.globals.set("_program", program);
python.globals.set("_arguments", python.toPy(["-c", ...args]));
try {
  process.exitCode = python.runPython(`
import sys
sys.argv = _arguments
status = 0
try:
    exec(_program, {"__name__": "__main__"})
except SystemExit as exit:
    status = exit.code or 0
    if isinstance(status, str):
        print(status, file=sys.stderr)
        status = 1
finally:
    sys.stdout.flush()
int(status)
`);
} catch (error) {
  console.error(error.message); // and not the one long line of Pyodide's that threw it
  process.exitCode = 1;
}
