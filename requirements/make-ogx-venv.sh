# Makes .venv-ogx, if this machine has a Python that OGX takes; $1, if given, is tried alone.
# Without one it says so, and the benchmark does without OGX. Run by make.

for candidate in ${1:-python3 python3.14 python3.13 python3.12 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[2-9].*/bin/python}; do
    # It must also run: a name may be no more than a version manager's empty promise.
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then
        exec .venv/bin/uv venv --quiet --allow-existing --python "$candidate" .venv-ogx
    fi
done
echo "OGX is left out: it needs Python 3.12 or newer, and ${1:-this machine} is none." >&2
echo "Install one, or name it: make bench OGX_PYTHON=/path/to/python3.12" >&2
