# Makes .venv with the first Python at hand that is new enough; $1, if given, is tried alone.
# Run by make.

[ -x .venv/bin/python ] && .venv/bin/python -c "import pip" 2>/dev/null && exit 0

for candidate in ${1:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
    # It must also run: a name may be no more than a version manager's empty promise.
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "${python:-}" ]; then
    echo "Larder needs Python 3.11 or newer, and ${1:-this machine} is none." >&2
    echo "Install one, or name it: make run PYTHON=/path/to/python3" >&2
    exit 1
fi
if ! "$python" -c "import venv, ensurepip" 2>/dev/null; then
    echo "$(command -v "$python") has no venv or ensurepip, which some systems package apart." >&2
    echo "Install it (on Debian and Ubuntu: the package python3-venv), or name another Python:" >&2
    echo "make run PYTHON=/path/to/python3" >&2
    exit 1
fi
echo "Making .venv with $("$python" --version) …"
if ! said=$("$python" -m venv --clear .venv 2>&1); then
    echo "Larder could not make $(pwd)/.venv: $(echo "$said" | tail -n 1)" >&2
    echo "See that the folder is yours and has room, and run it again." >&2
    rm -rf .venv 2>/dev/null
    exit 1
fi
