"""The assets: what is inside, what is not, and when one is built anew."""

import importlib.util
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from infra.bundle import FRONT_DOOR, LAMBDA, AssetError, Target, build_asset, host
from infra.bundle.byte_code import compile_modules
from infra.bundle.descriptions import OPERATIONS

# One worker, so that the assets that tests share are built once.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("bundle")]

REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements"
# https://github.com/python/cpython/blob/3.14/Include/internal/pycore_magic_number.h
MAGIC_NUMBER_OF_3_14 = (3627).to_bytes(2, "little") + b"\r\n"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with one endpoint, and the droppings that editors and interpreters leave."""
    root = tmp_path_factory.mktemp("checkout")
    (root / "requirements").mkdir()
    for lock in ("lambdas.txt", "front_door.txt"):
        shutil.copy(REQUIREMENTS / lock, root / "requirements" / lock)
    endpoints = root / "lambdas" / "endpoints"
    (endpoints / "__pycache__").mkdir(parents=True)
    (root / "lambdas" / "__init__.py").touch()
    (endpoints / "__init__.py").touch()
    (endpoints / "get_file.py").write_text("def handler(event, context): return event\n")
    (root / "front_door").mkdir()
    (root / "front_door" / "__init__.py").touch()
    (root / "front_door" / "__main__.py").write_text("import uvicorn, uvloop, httptools, awscrt\n")
    (endpoints / "__pycache__" / "left_over.cpython-39.pyc").write_bytes(b"old")
    add_console(root)
    return root


def add_console(root: Path) -> None:
    """A page that names its script, its styles and its icon."""
    page = root / "console"
    (page / "src").mkdir(parents=True)
    names = ("main.js", "main.css", "icon.svg")
    (page / "index.html").write_text(" ".join(f'"console/{name}"' for name in names))
    (page / "src" / "main.tsx").write_text("export const page: string = 'Larder';\n")
    (page / "main.css").write_text("body { margin: 0 }\n")
    (page / "icon.svg").write_text("<svg/>\n")
    (root / "package-lock.json").write_text("{}\n")


@pytest.fixture(scope="module")
def local_asset(checkout: Path) -> Path:
    return build_asset(host(), root=checkout)


@pytest.fixture(scope="module")
def lambda_asset(checkout: Path) -> Path:
    return build_asset(LAMBDA, root=checkout)


@pytest.fixture(scope="module")
def local_front_door(checkout: Path) -> Path:
    return build_asset(host(), FRONT_DOOR, root=checkout)


def run_inside(asset: Path, script: str) -> str:
    """Run a script that sees only the asset and the standard library."""
    search = f"import sys; sys.path[:] = [p for p in sys.path if 'site-packages' not in p]; \
sys.path.insert(0, {str(asset)!r})\n"
    command = [sys.executable, "-I", "-B", "-c", search + script]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_handlers_import_with_nothing_but_the_asset(local_asset: Path) -> None:
    script = """
import aws_lambda_powertools, botocore.session, multipart
from lambdas.endpoints.get_file import handler
print(handler("event", None))
"""
    assert run_inside(local_asset, script) == "event"


def test_the_front_door_starts_with_nothing_but_its_asset(local_front_door: Path) -> None:
    run_inside(local_front_door, "import runpy; runpy.run_module('front_door')")


def test_the_front_door_has_the_functions_code(local_asset: Path, local_front_door: Path) -> None:
    functions = {name for name in content(local_asset) if name.startswith("lambdas/")}
    functions -= {"lambdas/patterns.bin"}  # the front door starts seldom
    assert functions
    assert functions < set(content(local_front_door))


def test_the_functions_carry_nothing_of_the_front_door(lambda_asset: Path) -> None:
    for foreign in ("front_door", "uvicorn", "uvloop", "httptools", "awscrt"):
        assert not list(lambda_asset.glob(f"{foreign}*"))


def test_the_front_door_is_built_for_the_task_s_machine(checkout: Path) -> None:
    asset = build_asset(LAMBDA, FRONT_DOOR, root=checkout)
    (loop,) = (asset / "uvloop").glob("loop*.so")
    assert loop.name == "loop.cpython-314-aarch64-linux-gnu.so"


def test_both_targets_hold_the_same_sources(local_asset: Path, lambda_asset: Path) -> None:
    def sources(asset: Path) -> set[str]:
        return {str(path.relative_to(asset)) for path in asset.rglob("*.py")}

    assert sources(local_asset) == sources(lambda_asset)


@pytest.mark.parametrize("unwanted", ["aws_cdk", "constructs", "jsii", "tests", "pytest", "bin"])
def test_no_tool_and_no_test_is_inside(lambda_asset: Path, unwanted: str) -> None:
    assert not list(lambda_asset.rglob(unwanted))


def test_only_the_services_that_functions_call_are_described(lambda_asset: Path) -> None:
    described = {p.name for p in (lambda_asset / "botocore" / "data").iterdir() if p.is_dir()}
    assert described == set(OPERATIONS)


def test_what_is_called_and_where_survives_the_trimming(local_asset: Path) -> None:
    script = """
from botocore.config import Config
from botocore.session import Session
session = Session()
session.set_credentials("AKIAIOSFODNN7EXAMPLE", "secret")
session.set_config_variable("region", REGION)
for name, operations in CALLED.items():
    client = session.create_client(name, config=Config(signature_version=SIGNED[name]))
    print(client.meta.endpoint_url)
    for operation in sorted(operations):
        model = client.meta.service_model.operation_model(operation)
        for shape in filter(None, [model.input_shape, model.output_shape, *model.error_shapes]):
            print(operation, shape.name, sorted(shape.members), shape.metadata)
url = client.generate_presigned_url("get_object", Params={"Bucket": "content", "Key": "k"})
print(url.split("?")[0])
"""
    script = script.replace("CALLED", repr(OPERATIONS))
    script = script.replace("SIGNED", repr({"dynamodb": "v4", "s3": "s3v4"}))
    for region in ("eu-central-1", "us-east-1", "us-gov-west-1", "cn-north-1"):
        described = script.replace("REGION", repr(region))
        whole = subprocess.run(
            [sys.executable, "-c", described], capture_output=True, text=True, check=True
        )
        assert run_inside(local_asset, described) == whole.stdout.strip()


@pytest.mark.parametrize(
    ("asset", "tag", "magic_number"),
    [
        ("local_asset", sys.implementation.cache_tag, importlib.util.MAGIC_NUMBER),
        ("lambda_asset", "cpython-314", MAGIC_NUMBER_OF_3_14),
    ],
)
def test_every_source_has_byte_code_of_the_python_that_runs_it(
    asset: str, tag: str, magic_number: bytes, request: pytest.FixtureRequest
) -> None:
    folder: Path = request.getfixturevalue(asset)
    sources = {path.relative_to(folder) for path in folder.rglob("*.py")}
    byte_code = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.pyc")}
    named = {path.parent / "__pycache__" / f"{path.stem}.{tag}.pyc" for path in sources}
    assert set(byte_code) == named != set()
    assert {code[:4] for code in byte_code.values()} == {magic_number}
    # PEP 552: hash-based, not to be checked
    assert {int.from_bytes(code[4:8], "little") for code in byte_code.values()} == {0b01}


@pytest.mark.parametrize("asset", ["local_asset", "lambda_asset"])
def test_byte_code_names_its_source_where_lambda_has_it(
    asset: str, request: pytest.FixtureRequest
) -> None:
    folder: Path = request.getfixturevalue(asset)
    (byte_code,) = (folder / "lambdas" / "endpoints" / "__pycache__").glob("get_file.*.pyc")
    assert b"/var/task/lambdas/endpoints/get_file.py" in byte_code.read_bytes()
    assert str(folder).encode() not in byte_code.read_bytes()


@pytest.mark.parametrize("target", [host(), LAMBDA])
def test_what_does_not_compile_makes_no_asset(
    target: Target, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.py").write_text("def (:\n")
    with pytest.raises(AssetError, match=rf"for Python {target.python_version}; .* says why above"):
        compile_modules(tmp_path, target)
    assert "/broken.py" in capsys.readouterr().err


def test_nothing_is_compiled_for_another_python_than_pyodide_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "module.py").touch()
    with pytest.raises(AssetError):
        compile_modules(tmp_path, replace(LAMBDA, python_version="3.13"))
    assert "This is Python 3.14, not 3.13." in capsys.readouterr().err
    assert not list(tmp_path.rglob("*.pyc"))


def test_equal_inputs_give_equal_content(
    checkout: Path, lambda_asset: Path, tmp_path: Path
) -> None:
    again = build_asset(LAMBDA, root=checkout, cache=tmp_path)
    assert again.name == lambda_asset.name
    assert content(again) == content(lambda_asset)


def content(asset: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(asset)): path.read_bytes()
        for path in asset.rglob("*")
        if path.is_file()
    }


def test_nothing_is_built_when_nothing_changed(checkout: Path, local_asset: Path) -> None:
    before = local_asset.stat().st_mtime_ns
    assert build_asset(host(), root=checkout) == local_asset
    assert local_asset.stat().st_mtime_ns == before


@pytest.fixture
def copied(checkout: Path, tmp_path: Path) -> Path:
    """The same checkout in another place, which a test may edit."""
    return shutil.copytree(checkout, tmp_path / "copied", ignore=shutil.ignore_patterns("build"))


@pytest.mark.parametrize("source", ["lambdas/endpoints/get_file.py", "console/main.css"])
def test_a_changed_source_makes_another_asset(copied: Path, local_asset: Path, source: str) -> None:
    (copied / source).write_text("")
    assert build_asset(host(), root=copied).name != local_asset.name


def test_a_change_to_the_front_door_makes_no_other_asset_of_the_functions(
    copied: Path, local_asset: Path
) -> None:
    (copied / "front_door" / "__main__.py").write_text("print('another')\n")
    assert build_asset(host(), root=copied).name == local_asset.name


def test_old_builds_are_removed_but_not_at_once(checkout: Path, tmp_path: Path) -> None:
    old = [tmp_path / f"asset-{host().label}-{number}" for number in range(6)]
    for path in old:
        path.mkdir()
    built = build_asset(host(), root=checkout, cache=tmp_path)
    kept = [path for path in (*old, built) if path.exists()]
    assert len(kept) == 4
    assert built in kept


def test_another_user_can_read_every_file(lambda_asset: Path) -> None:
    assert all(path.stat().st_mode & 0o004 for path in lambda_asset.rglob("*"))
