"""The team's own file of settings."""

from pathlib import Path

import pytest

from infra.choice import Choice, choose_stage
from infra.front_door_settings import FrontDoor
from infra.settings import read_settings
from infra.stages import GIB, MIB, STAGES, Stage, StageError


def read(folder: Path, text: str) -> dict[str, Stage]:
    path = folder / "larder.toml"
    path.write_text(text)
    return dict(read_settings(path))


def refused(folder: Path, text: str) -> str:
    with pytest.raises(StageError) as refusal:
        read(folder, text)
    message = str(refusal.value)
    assert "\n" not in message
    return message


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "") == STAGES


def test_a_table_changes_its_stage_alone(tmp_path: Path) -> None:
    stages = read(tmp_path, '[prod]\nlog_days = 365\nalarm_email = "ops@example.com"\n')
    assert stages["prod"].log_days == 365
    assert stages["prod"].alarm_email == "ops@example.com"
    assert stages["dev"] == STAGES["dev"]


def test_settings_of_another_class_have_a_table_of_their_own(tmp_path: Path) -> None:
    limits = read(tmp_path, "[prod.limits]\nfiles_per_owner = 5\n")["prod"].limits
    assert (limits.files_per_owner, limits.uploads_per_owner) == (5, 1000)


def test_a_batch_may_have_any_number_of_requests(tmp_path: Path) -> None:
    stages = read(tmp_path, "[prod.limits]\nbatch_requests = false\n")
    assert stages["prod"].limits.batch_requests is None
    assert stages["dev"].limits.batch_requests == 50_000


@pytest.mark.parametrize(
    ("written", "size"), [("123", 123), ('"10 GiB"', 10 * GIB), ('"7MiB"', 7 * MIB)]
)
def test_a_size_is_a_number_or_has_a_unit(tmp_path: Path, written: str, size: int) -> None:
    stages = read(tmp_path, f"[dev.limits]\nquota_bytes = {written}\n")
    assert stages["dev"].limits.quota_bytes == size


def test_sizes_within_a_setting_have_units_too(tmp_path: Path) -> None:
    text = '[prod.limits]\npurpose_bytes = { batch = "1 GiB", fine-tune = 5 }\n'
    assert read(tmp_path, text)["prod"].limits.purpose_bytes == {"batch": GIB, "fine-tune": 5}


def test_a_list_is_kept_as_what_cannot_change(tmp_path: Path) -> None:
    stages = read(tmp_path, '[prod]\ncors_origins = ["https://app.example.com"]\n')
    assert stages["prod"].cors_origins == ("https://app.example.com",)


def test_a_front_door_is_wished_for_or_described(tmp_path: Path) -> None:
    wished = read(tmp_path, "[prod]\nfront_door = true\n")["prod"].front_door
    described = read(tmp_path, "[prod.front_door]\nmost_tasks = 9\n")["prod"].front_door
    assert wished == FrontDoor()
    assert described == FrontDoor(most_tasks=9)


def test_what_may_be_without_is_switched_off(tmp_path: Path) -> None:
    text = '[prod]\nalarm_email = "a@b"\nfront_door = true\n[calm]\nlike = "prod"\n'
    calm = read(tmp_path, text + "alarm_email = false\nfront_door = false\n")["calm"]
    assert (calm.alarm_email, calm.front_door) == (None, None)


def test_a_stage_of_the_teams_own_begins_as_another(tmp_path: Path) -> None:
    text = '[prod]\nburst = 7\n[staging]\nlike = "prod"\nretain = false\n'
    staging = read(tmp_path, text)["staging"]
    assert (staging.prefix, staging.burst, staging.retain) == ("larder-staging", 7, False)


@pytest.mark.parametrize("table", ["[staging]\nburst = 7", '[staging]\nlike = "local"'])
def test_a_stage_like_none_is_refused(tmp_path: Path, table: str) -> None:
    message = refused(tmp_path, table)
    assert message.startswith(
        "larder.toml: [staging]: a stage of your own begins with: like = NAME"
    )
    assert message.endswith("one of: dev, prod.")


@pytest.mark.parametrize("name", ["a", "Staging", "my_stage", "a-", "a" * 17])
def test_a_name_that_no_stack_can_have_is_refused(tmp_path: Path, name: str) -> None:
    assert "a stage's name has" in refused(tmp_path, f'[{name}]\nlike = "prod"\n')


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("log_days = 90\n", "larder.toml: 'log_days' is outside a stage's table, such as [prod]."),
        ("[prod]\nlogdays = 90\n", "larder.toml: [prod] has no setting 'logdays'. Use one of: acc"),
        ("[prod.limits]\nx = 1\n", "larder.toml: [prod.limits] has no setting 'x'. Use one of: ba"),
        ("[prod]\nlog_days = true\n", "[prod] log_days cannot be true. It takes a whole number."),
        ("[prod]\nlog_days = 1.5\n", "[prod] log_days cannot be 1.5. It takes a whole number."),
        ("[prod]\ntracing = 1\n", "[prod] tracing cannot be 1. It takes true or false."),
        ("[prod]\nalarm_email = 1\n", "[prod] alarm_email cannot be 1. It takes a text in quotes"),
        ("[prod]\nlimits = 1\n", "[prod] limits cannot be 1. It takes a table [prod.limits]."),
        ("[prod]\ntags = 1\n", "[prod] tags cannot be 1. It takes a table."),
        ('[prod]\ncors_origins = "a"\n', "[prod] cors_origins cannot be 'a'. It takes a list."),
        ("[prod]\ncors_origins = [1]\n", "[prod] cors_origins cannot be 1. It takes a text"),
        ('[prod.limits]\nfile_bytes = "10 GB"\n', "file_bytes cannot be '10 GB'. It takes a numb"),
        ('[prod]\nlog_days = "1 KiB"\n', "[prod] log_days cannot be '1 KiB'. It takes a whole"),
        ("[prod]\nlog_days = 2\n", "[prod]: log_days may be one of: 1, 7, 14, 30, 90, 180, 365."),
        ("[prod.limits]\npart_bytes = 1\n", "larder.toml: [prod]: part_bytes must be at least 52"),
        ("[prod.front_door]\ncpu = 0.5\n", "larder.toml: [prod.front_door] cpu cannot be 0.5."),
        ("[local]\nlog_days = 7\n", "larder.toml: [local]: the stage that runs on this machine"),
        ('[dev]\nlike = "prod"\n', "larder.toml: [dev]: 'like' is for a stage of your own."),
        ("[prod]\nname = 'x'\n", "larder.toml: [prod] has no setting 'name'."),
        ("[prod\n", "larder.toml is not TOML: "),
    ],
)
def test_what_is_wrong_is_said_in_a_line_with_its_place(
    tmp_path: Path, text: str, message: str
) -> None:
    assert message in refused(tmp_path, text)


def test_the_file_beside_the_app_is_read(tmp_path: Path) -> None:
    (tmp_path / "larder.toml").write_text("[prod]\nburst = 7\n")
    assert choose_stage(Choice(stage="prod"), tmp_path).burst == 7


def test_without_a_file_the_stages_are_ours(tmp_path: Path) -> None:
    assert choose_stage(Choice(stage="prod", settings=""), tmp_path) == STAGES["prod"]


def test_another_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "larder.toml").write_text("[prod]\nburst = 7\n")
    other = tmp_path / "other.toml"
    other.write_text("[prod]\nburst = 8\n")
    assert choose_stage(Choice(stage="prod", settings=str(other)), tmp_path).burst == 8


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(StageError, match=r"settings .*none\.toml cannot be read: No such file"):
        choose_stage(Choice(stage="prod", settings="none.toml"), tmp_path)


def test_the_local_stage_needs_no_file(tmp_path: Path) -> None:
    (tmp_path / "larder.toml").write_text("not TOML")
    assert choose_stage(Choice(stage="local"), tmp_path) == STAGES["local"]


def test_the_command_line_has_the_last_word(tmp_path: Path) -> None:
    text = '[prod]\nalarm_email = "a@b"\nfront_door = true\ndeployment = "ours"\n'
    (tmp_path / "larder.toml").write_text(text)
    choice = Choice(stage="prod", alarm_email="c@d", front_door="false", deployment="mine")
    stage = choose_stage(choice, tmp_path)
    assert (stage.alarm_email, stage.front_door, stage.deployment) == ("c@d", None, "mine")


def test_what_the_command_line_leaves_empty_is_the_files(tmp_path: Path) -> None:
    text = '[prod]\nalarm_email = "a@b"\nfront_door = true\ndeployment = "ours"\n'
    (tmp_path / "larder.toml").write_text(text)
    choice = Choice(stage="prod", alarm_email="", front_door="", deployment="")
    stage = choose_stage(choice, tmp_path)
    assert (stage.alarm_email, stage.deployment) == ("a@b", "ours")
    assert stage.front_door == FrontDoor()


@pytest.mark.parametrize(("option", "protect"), [("true", True), (True, True), ("false", False)])
def test_protection_is_for_the_command_line_to_say(
    tmp_path: Path, option: str | bool, *, protect: bool
) -> None:
    assert choose_stage(Choice(stage="prod", protect=option), tmp_path).protect is protect


def test_an_unknown_stage_is_refused_with_the_files_own(tmp_path: Path) -> None:
    (tmp_path / "larder.toml").write_text('[staging]\nlike = "dev"\n')
    with pytest.raises(StageError, match="one of: local, dev, prod, staging"):
        choose_stage(Choice(stage="stagign"), tmp_path)
