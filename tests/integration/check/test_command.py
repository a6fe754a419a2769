"""What `larder admin check` says to the operator, and with which exit code."""

import pytest
from botocore.awsrequest import AWSResponse

from larder.admin import deployment
from larder.admin.check.bucket import Bucket
from larder.admin.check.pace import Pace
from larder.cli import check, main
from tests.bed.aws import tests_wire
from tests.bed.bed import Bed
from tests.bed.damage import Vandal
from tests.bed.wire import Call, Send

pytestmark = pytest.mark.usefixtures("stored", "operator")

LINE = ["admin", "check", "--settle", "0s"]


@pytest.fixture
def operator(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose AWS credentials lead to the bed."""
    monkeypatch.setattr(deployment, "find_deployment", lambda *_: bed.deployment)


@pytest.fixture
def busy(vandal: Vandal) -> None:
    """Alice's usage is another one whenever somebody has counted what she has."""

    def change_before_counting(call: Call, send: Send) -> AWSResponse:
        if call.operation == "Query":
            vandal.change_usage()
        return send()

    vandal.change_usage()
    tests_wire.interceptor = change_before_counting


def test_a_sound_deployment_is_said_to_be_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(LINE) == 0
    out, err = capsys.readouterr()
    assert (out.splitlines()[0].partition(". ")[0], err) == ("All is well", "")
    assert "--checksums" in out


@pytest.fixture
def checksums_known(monkeypatch: pytest.MonkeyPatch, bed: Bed, vandal: Vandal, stored: str) -> None:
    """Every file's content is the one whose checksum S3 and the catalog know."""
    monkeypatch.setattr(Bucket, "checksum", lambda _, _key: "AAAAAAAAAAA=")
    assert vandal.item(stored)
    for item in bed.items():
        if item["id"]["S"].startswith("file-"):
            vandal.put_item({**item, "crc64nvme": {"S": "AAAAAAAAAAA="}})


@pytest.mark.usefixtures("checksums_known")
def test_with_checksums_nothing_is_left_to_say(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*LINE, "--checksums"]) == 0
    assert capsys.readouterr() == ("All is well.\n", "")


def test_contents_of_no_known_checksum_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*LINE, "--checksums"]) == 0
    _, err = capsys.readouterr()
    assert err == "larder: not compared, no checksum is known: 3 contents\n"


def test_damage_is_named_and_counted(vandal: Vandal, capsys: pytest.CaptureFixture[str]) -> None:
    vandal.change_usage()
    assert main(LINE) == check.DAMAGED
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "alice: usage that differs from the sum: usage (used 18 instead of 17)"
    assert lines[-2:] == ["alice: 1 × usage that differs from the sum", "0 mended, 1 left."]


def test_the_key_of_an_object_is_shown_and_not_obeyed(
    vandal: Vandal, capsys: pytest.CaptureFixture[str]
) -> None:
    vandal.put_object("expires-in-07d/al\x1b[2Jice\n/file-\u202ex")
    assert main([*LINE, "--grace", "0s"]) == check.DAMAGED
    output = capsys.readouterr().out
    assert r"al\x1b[2Jice\n" in output
    assert not set(output) & {"\x1b", "\u202e"}


def test_what_was_mended_leaves_all_well(
    vandal: Vandal, capsys: pytest.CaptureFixture[str]
) -> None:
    vandal.change_usage()
    assert main([*LINE, "--repair"]) == 0
    assert capsys.readouterr().out.endswith("\n1 mended, 0 left.\n")


@pytest.mark.usefixtures("busy")
def test_an_owner_too_busy_to_be_judged_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(LINE) == 0
    assert capsys.readouterr() == (
        "Nothing is wrong in what could be judged.\n",
        "larder: not judged, too busy: the usage of alice\n",
    )


@pytest.mark.parametrize("units", ["-1", "1.5", "many", "00", "1000001"])
def test_read_units_are_a_whole_number(units: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([*LINE, f"--read-units={units}"])
    assert "is not a number of read units a second" in capsys.readouterr().err


@pytest.mark.parametrize(("options", "pace"), [([], 1000), (["--read-units=7"], 7)])
def test_the_catalog_is_read_at_the_pace_that_was_asked_for(
    options: list[str], pace: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    paces: list[float] = []
    read = Pace.took

    def took(self: Pace, units: float) -> None:
        paces.append(self.units_per_second)
        read(self, 0)

    monkeypatch.setattr(Pace, "took", took)
    assert main([*LINE, *options]) == 0
    assert set(paces) == {pace}


def test_without_a_limit_a_check_reads_as_fast_as_it_goes() -> None:
    assert main([*LINE, "--read-units", "0"]) == 0
