"""What `import larder` shows, and costs."""

import io
import subprocess
import sys
from contextlib import redirect_stdout

import larder
from larder.errors import LarderError, MissingPackageError

NEEDING_OPENAI = ("async_http_client", "http_client", "upload_file")
NAMES = (*NEEDING_OPENAI, "validate_batch")

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
    assert set(NAMES) < set(dir(larder))


def test_help_shows_the_names_and_what_they_take() -> None:
    with redirect_stdout(io.StringIO()) as shown:
        help(larder)
    for name in NAMES:
        assert f"    {name}(" in shown.getvalue()
    assert "on_progress: " in shown.getvalue()


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
        f"larder.{name} needs the package openai: pip install openai" for name in NEEDING_OPENAI
    ]


def test_a_missing_package_is_both_pythons_error_and_larders() -> None:
    assert issubclass(MissingPackageError, LarderError)
    assert issubclass(MissingPackageError, ModuleNotFoundError)


def test_the_import_loads_neither_the_sdk_nor_a_client() -> None:
    loaded = run(
        "import sys, larder, larder.cli.parser as p; p.build_parser(); print(*sys.modules)"
    )
    assert not {"openai", "boto3", "urllib3", "httpx2", "awscrt", "anyio"} & set(loaded.split())
