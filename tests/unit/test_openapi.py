"""The description of the API says what the code does."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from infra.routes import ROUTES
from infra.stages import Limits, limits_as_settings
from lambdas.core import expiry, ids, limits, pages, purposes
from lambdas.core.callers import OWNER_NAME, Caller
from lambdas.core.content import LINK_SECONDS, content_url
from lambdas.core.errors import InvalidRequest, LarderError
from lambdas.core.file import new_file
from lambdas.core.filenames import clean_filename
from lambdas.core.part_urls import MOST_URLS
from lambdas.core.quota import Allowance
from lambdas.core.upload import MOST_PARTS, Part, new_upload, part_id_of
from lambdas.stores.links import Links
from tests.bed.memory import MemoryFiles

Json = dict[str, Any]

SPEC: Json = yaml.safe_load(
    (Path(__file__).parents[2] / "docs" / "openapi.yaml").read_text(encoding="utf-8")
)
COMPONENTS: Json = SPEC["components"]
SCHEMAS: Json = COMPONENTS["schemas"]
METHODS = ("get", "head", "post", "put", "patch", "delete")
OPERATIONS: dict[str, Json] = {
    operation["operationId"]: {
        **operation,
        "method": method.upper(),
        "path": path,
        "parameters": [*item.get("parameters", ()), *operation.get("parameters", ())],
    }
    for path, item in SPEC["paths"].items()
    for method, operation in item.items()
    if method in METHODS
}
EVERYWHERE = {"400", "401", "403", "429", "500", "502", "503", "504"}


def resolved(value: Json) -> Json:
    while "$ref" in value:
        found: Any = SPEC
        for name in value["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        value = found
    return value


def validator(schema: Json) -> Draft202012Validator:
    return Draft202012Validator(
        {**schema, "components": COMPONENTS},
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )


def schema_examples(value: Any, where: str) -> Iterator[tuple[str, Json, Any]]:
    """Yield each example below a value, with the schema that it is of."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from schema_examples(item, f"{where}/{index}")
    if not isinstance(value, dict):
        return
    if isinstance(value.get("examples"), list):
        for index, example in enumerate(value["examples"]):
            yield f"{where}/examples/{index}", value, example
    if "example" in value and "schema" in value:
        yield f"{where}/example", value["schema"], value["example"]
    for name, item in value.items():
        if name not in ("example", "examples"):
            yield from schema_examples(item, f"{where}/{name}")


EXAMPLES = list(schema_examples(SPEC, "#"))


def test_the_description_is_valid_openapi() -> None:
    OpenAPIV31SpecValidator(SPEC).validate()


def test_the_operations_are_the_routes() -> None:
    described = {(name, each["method"], each["path"]) for name, each in OPERATIONS.items()}
    deployed = {(route.function.name, route.method, route.path) for route in ROUTES}
    assert described == deployed


@pytest.mark.parametrize(("schema", "example"), [pytest.param(*e[1:], id=e[0]) for e in EXAMPLES])
def test_an_example_is_valid(schema: Json, example: Any) -> None:
    validator(schema).validate(example)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_has_an_example(name: str) -> None:
    assert SCHEMAS[name].get("examples")


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_states_every_status_that_can_occur(name: str) -> None:
    operation = OPERATIONS[name]
    expected = EVERYWHERE | {"200"}
    if operation["path"].endswith("/content"):
        expected |= {"302", "304"} | ({"206", "416"} if operation["method"] == "GET" else set())
    parameters = {resolved(parameter)["name"] for parameter in operation["parameters"]}
    if "{" in operation["path"]:
        expected.add("404")
    if "requestBody" in operation:
        expected.add("413")
    if "Idempotency-Key" in parameters:
        expected.add("409")
    assert set(operation["responses"]) == expected


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_names_the_parameters_of_its_path_and_the_owner(name: str) -> None:
    operation = OPERATIONS[name]
    parameters = [resolved(parameter) for parameter in operation["parameters"]]
    in_path = {parameter["name"] for parameter in parameters if parameter["in"] == "path"}
    assert in_path == set(re.findall(r"{(\w+)}", operation["path"]))
    assert "Larder-Owner" in {parameter["name"] for parameter in parameters}


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_answer_has_a_request_id(name: str) -> None:
    for response in OPERATIONS[name]["responses"].values():
        assert resolved(resolved(response)["headers"]["x-request-id"])["required"] is True


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_error_is_the_error_object(name: str) -> None:
    for status, response in OPERATIONS[name]["responses"].items():
        if OPERATIONS[name]["method"] == "HEAD":
            assert "content" not in resolved(response)
        elif status >= "400":
            schema = resolved(response)["content"]["application/json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/Error"}


def test_every_operation_needs_an_api_key() -> None:
    assert SPEC["security"] == [{"bearer": []}]
    assert not any("security" in operation for operation in OPERATIONS.values())


def subclasses(base: type[LarderError]) -> Iterator[type[LarderError]]:
    yield base
    for each in base.__subclasses__():
        yield from subclasses(each)


def test_every_error_of_the_tree_is_described() -> None:
    error = SCHEMAS["Error"]["properties"]["error"]["properties"]
    for each in subclasses(LarderError):
        assert each.type in error["type"]["enum"]
        assert each.code in error["code"]["enum"]


def a_file(filename: str = "batch.jsonl") -> Json:
    file = new_file(
        owner="alice", filename=filename, purpose="batch", size=0, seconds=3600, now=1.8e9
    )
    rendered: Json = json.loads(file.rendered)
    return rendered


def test_the_file_schema_is_what_is_rendered() -> None:
    file = a_file()
    assert set(SCHEMAS["File"]["required"]) == set(file) == set(SCHEMAS["File"]["properties"])
    validator(SCHEMAS["File"]).validate(file)


def test_the_url_schema_is_what_is_rendered() -> None:
    file = new_file(owner="alice", filename="a", purpose="batch", size=0, seconds=3600, now=1.8e9)
    files = MemoryFiles()
    files.add(file, Allowance(bytes=1, files=1, uploads=0), None)
    links = Links("https://bucket.example")
    alice = Caller("alice")
    rendered = json.loads(content_url(alice, file.id, None, files=files, links=links, now=1.8e9))
    assert set(SCHEMAS["FileUrl"]["required"]) == set(rendered)
    validator(SCHEMAS["FileUrl"]).validate(rendered)


def test_the_upload_schema_is_what_is_rendered() -> None:
    upload = new_upload(
        owner="alice",
        filename="big.jsonl",
        purpose="batch",
        mime_type="application/jsonl",
        size=20_000_000,
        seconds=3600,
        limits=limits.Limits.from_json(json.dumps(limits_as_settings(Limits()))),
        now=1.8e9,
    )
    rendered = json.loads(upload.answer(1.8e9))
    assert set(SCHEMAS["Upload"]["required"]) == set(rendered)
    validator(SCHEMAS["Upload"]).validate(rendered)


@pytest.mark.parametrize("number", [1, None])
def test_the_part_schema_is_what_is_rendered(number: int | None) -> None:
    part_id = ids.new_id(ids.PART, 1.8e9) if number is None else part_id_of(number)
    part = Part(part_id, 8_388_608, 1_800_000_000, number, "rosUhgp5mIg=")
    rendered = part.answer(ids.new_id(ids.UPLOAD, 1.8e9))
    assert set(SCHEMAS["Part"]["required"]) == set(rendered)
    validator(SCHEMAS["Part"]).validate(rendered)


@pytest.mark.parametrize(
    ("schema", "prefix"), [("FileId", ids.FILE), ("UploadId", ids.UPLOAD), ("PartId", ids.PART)]
)
@given(now=st.floats(0, 2**37))
def test_an_id_is_as_it_is_made(schema: str, prefix: str, now: float) -> None:
    validator(SCHEMAS[schema]).validate(ids.new_id(prefix, now))


@given(st.text(st.characters(codec="utf-8"), max_size=60) | st.text("./\\a\n", max_size=6))
def test_a_filename_is_what_the_rule_accepts(raw: str) -> None:
    try:
        clean_filename(raw)
        accepted = True
    except InvalidRequest:
        accepted = False
    # Python's `$`, unlike JSON Schema's, also matches before a line break at the end.
    pattern = SCHEMAS["Filename"]["pattern"].removesuffix("$") + r"\Z"
    assert (re.search(pattern, raw) is not None) == accepted


def test_the_bounds_are_those_of_the_rules() -> None:
    seconds = SCHEMAS["ExpiresAfter"]["properties"]["seconds"]
    assert (seconds["minimum"], seconds["maximum"]) == (expiry.SHORTEST, expiry.LONGEST)
    assert SCHEMAS["CreateFileForm"]["properties"]["expires_after[seconds]"] == seconds
    assert COMPONENTS["parameters"]["Limit"]["schema"]["maximum"] == pages.LARGEST_LIMIT
    expiry_schema = COMPONENTS["parameters"]["Expiry"]["schema"]
    assert (expiry_schema["maximum"], expiry_schema["default"]) == (LINK_SECONDS, LINK_SECONDS)
    assert COMPONENTS["parameters"]["Order"]["schema"]["enum"] == list(pages.ORDERS)
    assert SCHEMAS["Purpose"]["enum"] == list(purposes.PURPOSES)
    known = [*purposes.PURPOSES, *purposes.SPELLINGS, *sorted(purposes.NEVER_STORED)]
    assert SCHEMAS["FilteredPurpose"]["enum"] == known
    writable = [*Limits().upload_purposes, purposes.BATCH_OUTPUT, *purposes.SPELLINGS]
    assert SCHEMAS["WritablePurpose"]["enum"] == writable
    upload = SCHEMAS["CreateUpload"]
    assert upload["properties"]["bytes"]["maximum"] == Limits().file_bytes
    assert upload["then"]["properties"]["bytes"]["maximum"] == Limits().purpose_bytes["batch"]
    assert SCHEMAS["CreatePartUrls"]["properties"]["part_numbers"]["maxItems"] == MOST_URLS
    assert SCHEMAS["CompleteUpload"]["properties"]["part_ids"]["maxItems"] == MOST_PARTS
    owner = COMPONENTS["parameters"]["LarderOwner"]["schema"]["pattern"]
    assert owner == f"^{OWNER_NAME.pattern}$"
