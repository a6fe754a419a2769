"""What `import larder` shows, and costs."""

import inspect
import io
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout

import larder
from larder.errors import LarderError, MissingPackageError

NEED_OPENAI = ("Downloaded", "async_http_client", "download_file", "http_client", "upload_file")
WITHOUT_IT = ("BatchLimits", "BatchReport", "LarderError", "errors", "validate_batch")
FUNCTIONS = (*NEED_OPENAI[1:], "validate_batch")

# A Python in which the package openai is not installed, as far as imports go.
WITHOUT_OPENAI = """
import sys
class Without:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "openai":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Without())
import importlib.util
find_spec = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "openai" else find_spec(name, *rest)
"""


def run(code: str) -> str:
    line = [sys.executable, "-c", code]
    return subprocess.run(line, capture_output=True, check=True, text=True).stdout


def test_completion_knows_the_names() -> None:
    assert {*NEED_OPENAI, *WITHOUT_IT} == set(larder.__all__) < set(dir(larder))
    assert larder.errors.DamagedError.__name__ in dir(larder.errors)


def test_help_shows_the_names_and_what_they_take() -> None:
    with redirect_stdout(io.StringIO()) as shown:
        help(larder)
    for name in FUNCTIONS:
        assert f"    {name}(" in shown.getvalue()
    assert "class Downloaded(" in shown.getvalue()
    assert "on_progress: " in shown.getvalue()


def test_every_public_name_says_what_it_is() -> None:
    for name in larder.__all__:
        assert inspect.getdoc(getattr(larder, name)), name


def all_errors(of: type[LarderError] = LarderError) -> Iterator[type[LarderError]]:
    yield of
    for kind in of.__subclasses__():
        yield from all_errors(kind)


def test_the_tree_of_errors_draws_each_of_them_once_below_its_parent() -> None:
    drawn = re.findall(
        r"^ {4}((?:[│ ] {3})*(?:[├└]── )?)(\w+Error)\b", larder.errors.__doc__ or "", re.MULTILINE
    )
    above: list[str] = []
    for indent, name in drawn:
        depth = len(indent) // 4
        del above[depth:]
        parents = [base.__name__ for base in getattr(larder.errors, name).__bases__]
        assert depth == 0 or above[-1] in parents, name
        above.append(name)
    public = {kind.__name__ for kind in all_errors() if kind.__module__ == "larder.errors"}
    assert sorted(name for _, name in drawn) == sorted(public)


def test_every_error_says_when_it_is_raised_and_has_an_exit_code() -> None:
    for kind in all_errors():
        assert kind.__doc__, kind
        assert kind.exit_code, kind


def test_help_works_without_the_openai_package() -> None:
    shown = run(f"{WITHOUT_OPENAI}\nimport larder\nhelp(larder)\nprint(dir(larder))")
    assert "need the package openai" in shown
    assert "'upload_file'" not in shown.splitlines()[-1]
    assert "'validate_batch'" in shown.splitlines()[-1]


def test_what_needs_the_openai_package_names_the_remedy() -> None:
    code = """
import larder
from larder.errors import LarderError
for name in larder.__all__:
    try:
        getattr(larder, name)
    except ModuleNotFoundError as error:
        assert isinstance(error, LarderError)
        print(error)
"""
    assert run(WITHOUT_OPENAI + code).splitlines() == [
        f"larder.{name} needs the package openai: pip install 'larder-files[openai]'"
        for name in NEED_OPENAI
    ]


def test_a_missing_package_is_both_pythons_error_and_larders() -> None:
    assert issubclass(MissingPackageError, LarderError)
    assert issubclass(MissingPackageError, ModuleNotFoundError)


def test_the_import_loads_neither_the_sdk_nor_a_client() -> None:
    loaded = run(
        "import sys, larder, larder.cli.parser as p; p.build_parser(); print(*sys.modules)"
    )
    assert not {"openai", "boto3", "urllib3", "httpx2", "anycrc", "anyio"} & set(loaded.split())
