"""Compiles the regular expressions that a cold start makes, for `lambdas/patterns.py`."""

import sys
from pathlib import Path

from infra.bundle.errors import AssetError
from infra.bundle.interpreter import run_for, seen_at
from infra.bundle.target import Target

# Imports what functions import, makes their clients, and keeps what `_sre.compile` was given.
_RECORD = """
import importlib, marshal, os, pkgutil, sys

sys.dont_write_bytecode = True
folder = sys.argv[1]
sys.path.insert(0, folder)
os.environ.update(AWS_DEFAULT_REGION="us-east-1", AWS_ACCESS_KEY_ID="-", AWS_SECRET_ACCESS_KEY="-")

from re import _compiler
import _sre

table, compile_pattern, compile_code = {}, _compiler.compile, _sre.compile

def recorded_pattern(pattern, flags=0):
    def recorded_code(of, all_flags, code, groups, *names):
        table[pattern, int(flags)] = (int(all_flags), [int(word) for word in code], groups, *names)
        return compile_code(of, all_flags, code, groups, *names)

    _sre.compile = recorded_code
    try:
        return compile_pattern(pattern, flags)
    finally:
        _sre.compile = compile_code

_compiler.compile = recorded_pattern
import lambdas
for module in pkgutil.walk_packages(lambdas.__path__, "lambdas."):
    if not module.name.startswith(("lambdas.endpoints.", "lambdas.events.")):
        importlib.import_module(module.name)
if aws := sys.modules.get("lambdas.stores.aws"):
    aws.dynamodb(), aws.s3()
with open(os.path.join(folder, "lambdas", "patterns.bin"), "wb") as file:
    marshal.dump(((_sre.MAGIC, _sre.CODESIZE), table), file)
"""


def compile_patterns(folder: Path, target: Target) -> None:
    """Write `lambdas/patterns.bin` below a folder that has the functions and all that they import.

    Raises:
        AssetError: Something of it cannot be imported; why is on stderr.
    """
    done = run_for(target, _RECORD, seen_at(folder, target), folder=folder)
    if done.returncode != 0:
        print(done.stdout + done.stderr, file=sys.stderr)
        raise AssetError("What the functions import cannot be imported; why is above.")
