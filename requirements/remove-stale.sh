# Removes environments that cannot work any more, so that make makes them anew: a virtual
# environment names its own place and its Python's, and either may be gone. Run by make.

[ -e .venv ] || exit 0
if grep -qF -- " $(pwd -P)/.venv" .venv/pyvenv.cfg 2>/dev/null &&
    .venv/bin/python -c 'import os, sys, sysconfig; sys.exit(not os.path.isdir(sysconfig.get_path("purelib")))' 2>/dev/null; then
    exit 0
fi
echo "The checkout was moved, or the Python of .venv is gone: making the environments anew …" >&2
rm -rf .venv .venv-*
