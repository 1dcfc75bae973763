"""Settings: every default is valid, every problem is told at once, and each value says where it came from."""

import argparse
import re
import tomllib
from contextlib import suppress
from dataclasses import Field, fields
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.commands._parser import add_config_argument
from device.emotion.labels import FACE_LABELS, FACE_PLACES, Place
from device.errors import ConfigurationError
from device.settings import config_file as config_module
from device.settings.config_file import configuration_from, load_configuration
from device.settings.listing import configuration_lines
from device.settings.sections import Settings

SECTIONS = [section for section in fields(Settings) if section.name != "places"]
ENTRIES = [(section.name, entry) for section in SECTIONS for entry in fields(getattr(Settings(), section.name))]
NUMBERS = [(name, entry) for name, entry in ENTRIES if entry.type in {int, float}]

every_entry = pytest.mark.parametrize(("section", "entry"), ENTRIES, ids=[f"{s}.{e.name}" for s, e in ENTRIES])
every_number = pytest.mark.parametrize(("section", "entry"), NUMBERS, ids=[f"{s}.{e.name}" for s, e in NUMBERS])

toml_values = st.recursive(
    st.booleans() | st.integers() | st.floats() | st.text() | st.dates() | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mien.toml"


COMPANIONS: dict[str, dict[str, Any]] = {
    "start_volume_percent": {"maximum_volume_percent": 100},
    "maximum_volume_percent": {"start_volume_percent": 0},
    "chime_volume_percent": {"maximum_volume_percent": 100},
}
"""What has to stand beside a value at its limit for the two to go together."""


def problems_of(tables: dict[str, Any]) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        configuration_from(tables, file=Path("/etc/mien/mien.toml"))
    lines = caught.value.what.splitlines()
    assert all(line.startswith("/etc/mien/mien.toml: ") for line in lines)
    return [line.removeprefix("/etc/mien/mien.toml: ") for line in lines]


def value_of(settings: Settings, section: str, key: str) -> object:
    value: object = getattr(getattr(settings, section), key)
    return value


def default_from(folder: Path, entry: Field[Any]) -> object:
    default: Any = entry.default
    return folder / default if entry.type is Path else default


@every_entry
def test_every_setting_has_a_sentence_and_a_default_that_is_accepted(section: str, entry: Field[Any]) -> None:
    written: Any = str(entry.default) if entry.type is Path else entry.default
    configuration = configuration_from({section: {entry.name: written}}, file=Path("/etc/mien/mien.toml"))

    assert entry.metadata["sentence"].endswith(".")
    assert value_of(configuration.settings, section, entry.name) == default_from(Path("/etc/mien"), entry)


@every_number
def test_every_number_has_limits_and_what_lies_beyond_them_is_refused(section: str, entry: Field[Any]) -> None:
    least, most = entry.metadata["least"], entry.metadata["most"]
    assert least <= entry.default <= most

    for value in (least, most):
        table = COMPANIONS.get(entry.name, {}) | {entry.name: value}
        settings = configuration_from({section: table}, file=None).settings
        assert value_of(settings, section, entry.name) == value
        assert type(value_of(settings, section, entry.name)) is entry.type
    for value in (least - 1, most + 1):
        assert problems_of({section: {entry.name: value}}) == [
            f"{section}.{entry.name} = {value}: must lie between {least:g} and {most:g}"
        ]


@every_entry
def test_a_value_of_another_kind_is_refused(section: str, entry: Field[Any]) -> None:
    wrong: list[Any] = [[1], {}, {"a": 1}]
    wrong += ["5", True] if entry.type in {int, float} else [5, 0.5]
    wrong += [1.5] if entry.type is int else []
    wrong += ["true"] if entry.type is bool else []
    wrong += ["nonesuch"] if entry.metadata["choices"] else []

    for value in wrong:
        [problem] = problems_of({section: {entry.name: value}})
        shown = "true" if value is True else repr(value)  # as the file has it
        assert problem.startswith(f"{section}.{entry.name} = {shown}: ")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 10**400])
def test_numbers_that_are_none_are_refused(value: float) -> None:
    assert len(problems_of({"observation": {"seconds": value}})) == 1


def test_choices_are_the_words_that_the_code_knows() -> None:
    for _, entry in ENTRIES:
        if get_origin(entry.type) is Literal:
            assert entry.metadata["choices"] == get_args(entry.type)


def test_all_problems_are_told_at_once_with_suggestions() -> None:
    tables = {
        "camra": {"driver": "picamera2"},
        "zzz": {},
        "camera": {"driver": "picamera", "width": "640", "hieght": 480},
        "sound": {"chimes": 1, "start_volume_percent": 101},
        "panel": 3,
        "places": {"angre": [0, 0], "fear": [2, 0]},
    }

    cameras, every = "picamera2, v4l2, recorded, simulated", "mien config --template prints every key"
    driver = 'write driver = "picamera2"'
    volume = "write start_volume_percent = 60, which is the default, or another value"
    fear = "write fear = [-0.64, 0.6], which is the default, or another place"
    assert problems_of(tables) == [
        "unknown section [camra]; did you mean 'camera'?; write [camera]",
        f"unknown section [zzz]; the sections are {', '.join(section.name for section in fields(Settings))}",
        f"camera.driver = 'picamera': unknown value; did you mean 'picamera2'?; one of {cameras}; {driver}",
        "camera.width = '640': must be a whole number; write width = 640",
        f"unknown key camera.hieght; did you mean 'height'?; write height; {every}",
        "sound.chimes = 1: must be true or false; write chimes = true",
        f"sound.start_volume_percent = 101: must lie between 0 and 100; {volume}",
        "[panel] must be a section, not 3; write [panel] as a line",
        f"unknown key places.angre; did you mean 'anger'?; write anger; {every}",
        f"places.fear = [2, 0]: must be [valence, arousal], both in [-1, 1]; {fear}",
    ]


def test_a_simulated_clock_wants_the_camera_that_moves_it_and_no_button_that_needs_time() -> None:
    simulated = {"driver": "simulated"}
    assert problems_of({"clock": simulated, "panel": simulated, "camera": {"driver": "recorded"}}) == [
        'clock.driver = "simulated": only camera.driver = "simulated" moves that clock'
    ]
    assert problems_of({"clock": simulated, "panel": {"driver": "gpiozero"}, "camera": simulated}) == [
        'clock.driver = "simulated": a real button needs time that passes; let panel.driver be "simulated" too'
    ]
    whole = {"clock": simulated, "panel": simulated, "camera": simulated}
    assert configuration_from(whole, file=None).settings.clock.driver == "simulated"


def test_a_start_volume_above_the_maximum_is_refused_and_not_lowered_in_silence() -> None:
    assert problems_of({"sound": {"start_volume_percent": 90}}) == [
        "sound.start_volume_percent = 90: lower it, sound.maximum_volume_percent is 80"
    ]
    assert problems_of({"sound": {"maximum_volume_percent": 40}}) == [
        "sound.start_volume_percent = 60: lower it, sound.maximum_volume_percent is 40"
    ]
    assert problems_of({"sound": {"chime_volume_percent": 81}}) == [
        "sound.chime_volume_percent = 81: lower it, sound.maximum_volume_percent is 80"
    ]
    assert (
        configuration_from({"sound": {"start_volume_percent": 80}}, file=None).settings.sound.start_volume_percent == 80
    )


@pytest.mark.parametrize(
    ("tables", "problem"),
    [
        (
            {"quiet_hours": {"begin": "25:00"}},
            "quiet_hours.begin = '25:00': must be a time of the day such as \"22:00\"",
        ),
        (
            {"quiet_hours": {"begin": "7:00"}},
            'quiet_hours.end = "07:00": quiet hours that begin at 7:00 need another end',
        ),
        (
            {"quiet_hours": {"begin": "22:00", "end": ""}},
            'quiet_hours.end = "": quiet hours that begin at 22:00 need another end',
        ),
        (
            {"rest": {"idle_poweroff_minutes": 30}, "panel": {"power_off": False}},
            "rest.idle_poweroff_minutes = 30: panel.power_off = false keeps the box from shutting down",
        ),
        (
            {"rest": {"idle_poweroff_minutes": 0.5}},
            "rest.idle_poweroff_minutes = 0.5: a box that shuts down so soon lets nobody log in any more",
        ),
    ],
)
def test_hours_that_make_no_sense_are_refused(tables: dict[str, Any], problem: str) -> None:
    assert problems_of(tables) == [problem]


@given(st.dictionaries(st.sampled_from([*(s.name for s in SECTIONS), "places"]) | st.text(), toml_values, max_size=4))
def test_whatever_stands_in_a_file_it_is_taken_or_told(tables: dict[str, Any]) -> None:
    with suppress(ConfigurationError):
        configuration_from(tables, file=Path("/etc/mien/mien.toml"))


@given(st.sampled_from(ENTRIES), toml_values)
def test_whatever_stands_behind_a_key_it_is_taken_or_told(named: tuple[str, Field[Any]], value: object) -> None:
    section, entry = named
    told = ""
    try:
        configuration_from({section: {entry.name: value}}, file=None)
    except ConfigurationError as error:
        told = error.what
    assert told == "" or f"{section}.{entry.name} = " in told


@pytest.mark.parametrize(
    "value",
    [
        [0.5],
        [0.5, 0.5, 0.5],
        0.5,
        "01",
        ["0.1", "0.2"],
        [True, False],
        {"valence": 0.1, "arousal": 0.2},
        [1.01, 0],
        [0, -1.01],
        [0, float("nan")],
        [10**400, 0],
        [],
    ],
)
def test_a_place_is_two_numbers_in_the_plane(value: object) -> None:
    [problem] = problems_of({"places": {"neutral": value}})

    assert problem.endswith("must be [valence, arousal], both in [-1, 1]")


def test_a_choice_of_thousands_of_digits_is_told() -> None:
    told = "camera.rotation = a number of thousands of digits: unknown value; one of 0, 90, 180, 270"
    assert problems_of({"camera": {"rotation": 16**5000}}) == [told]


def test_places_must_be_a_section() -> None:
    assert problems_of({"places": [1]}) == ["[places] must be a section, not [1]"]


def test_a_place_may_be_a_corner_of_the_plane() -> None:
    settings = configuration_from({"places": {"fear": [-1, 1], "anger": [1, -1]}}, file=None).settings

    assert (settings.places["fear"], settings.places["anger"]) == (Place(-1, 1), Place(1, -1))


def test_a_place_is_laid_over_the_default() -> None:
    configuration = configuration_from({"places": {"neutral": [0, 0.25]}}, file=Path("/etc/mien/mien.toml"))

    assert configuration.settings.places == FACE_PLACES | {"neutral": Place(0.0, 0.25)}
    assert configuration.origins["places.neutral"] == "/etc/mien/mien.toml"
    assert configuration.origins["places.anger"] == "default"


def test_a_file_is_laid_over_the_defaults_and_every_value_knows_its_origin(file: Path) -> None:
    file.write_text('[camera]\ndriver = "v4l2"\nframes_per_second = 10\n', encoding="utf-8")
    configuration = load_configuration(file)

    assert configuration.file == file
    assert configuration.settings.camera.driver == "v4l2"
    assert configuration.settings.camera.width == 640
    assert isinstance(configuration.settings.camera.frames_per_second, float)
    from_file = {name for name, origin in configuration.origins.items() if origin == str(file)}
    assert from_file == {"camera.driver", "camera.frames_per_second"}
    assert {origin for name, origin in configuration.origins.items() if name not in from_file} == {"default"}
    known = {f"{section}.{entry.name}" for section, entry in ENTRIES} | {f"places.{label}" for label in FACE_LABELS}
    assert set(configuration.origins) == known


def test_relative_paths_start_from_the_folder_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "mien.toml").write_text('[paths]\nmusic_folder = "music"\nstate_folder = "/state"', encoding="utf-8")
    monkeypatch.chdir(tmp_path / "elsewhere")

    for name in (tmp_path / "mien.toml", Path("../mien.toml")):
        paths = load_configuration(name).settings.paths
        assert paths.music_folder.resolve() == tmp_path / "music"
        assert paths.music_folder.is_absolute()
        assert paths.state_folder == Path("/state")
        assert load_configuration(name).settings.camera.recording.resolve() == tmp_path / "clip.mp4"  # a default


def test_a_tilde_is_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    configuration = configuration_from({"paths": {"music_folder": "~/Music"}}, file=Path("/etc/mien/mien.toml"))

    assert configuration.settings.paths.music_folder == Path("/home/ada/Music")


def test_the_home_of_nobody_is_told() -> None:
    [problem] = problems_of({"paths": {"music_folder": "~no-such-person/Music"}})

    assert problem.startswith("paths.music_folder = '~no-such-person/Music': ")


def test_without_a_file_the_defaults_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config_module, "DEFAULT_FILE", tmp_path / "mien.toml")
    monkeypatch.chdir(tmp_path)
    configuration = load_configuration()

    for section, entry in ENTRIES:
        assert value_of(configuration.settings, section, entry.name) == default_from(tmp_path, entry)
    assert configuration.settings.places == FACE_PLACES
    assert configuration.file is None
    assert set(configuration.origins.values()) == {"default"}


def test_the_default_file_is_read_where_it_stands(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config_module, "DEFAULT_FILE", file)
    file.write_text("[panel]\nled_gpio = 22\n", encoding="utf-8")

    assert load_configuration().settings.panel.led_gpio == 22


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(b"[camera]\ndriver = picamera2\n", "line 2", id="text without quotation marks"),
        pytest.param(b"[camera\n", "line 1", id="a bracket missing"),
        pytest.param(b"[camera]\nwidth = 1\nwidth = 2\n", "line 3", id="a key twice"),
        pytest.param(b"\xff\xff", "cannot be read", id="not UTF-8"),
    ],
)
def test_a_file_that_is_no_toml_is_told_with_the_line(file: Path, content: bytes, told: str) -> None:
    file.write_bytes(content)

    with pytest.raises(ConfigurationError, match=rf"^{re.escape(str(file))}: .*{told}"):
        load_configuration(file)


@pytest.mark.parametrize("name", ["missing.toml", "."])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="the settings cannot be read"):
        load_configuration(tmp_path / name)


def test_the_printed_settings_are_a_settings_file_that_gives_the_same(file: Path) -> None:
    tables = {
        "sound": {"card": 'say "aaa" – ä\\', "maximum_volume_percent": 65},
        "places": {"neutral": [-0.1, 1e-7]},
        "recommendation": {"query": "sum"},
    }
    configuration = configuration_from(tables, file=file)
    lines = configuration_lines(configuration)
    file.write_text("\n".join(lines), encoding="utf-8")

    assert load_configuration(file).settings == configuration_from(tables, file=file).settings
    assert set(tomllib.loads("\n".join(lines))) == {section.name for section in fields(Settings)}
    assert f"maximum_volume_percent = 65  # {file}; the default: 80" in lines
    assert any(line.startswith("card = ") and "ä" in line for line in lines)
    assert "#start_volume_percent = 60" in lines
    changed = {"card", "maximum_volume_percent", "neutral", "query"}
    assert {line.partition(" ")[0] for line in lines if line[:1].isalpha()} == changed
    for _, entry in ENTRIES:
        assert any(line.startswith(f"# {entry.metadata['sentence']}") for line in lines)
    assert "# Most that the volume may be; a start_volume_percent beyond it is refused. From 0 to 100." in lines
    assert any(line.endswith("One of: label, probabilities.") for line in lines)


def test_every_verb_can_name_its_settings_file() -> None:
    parser = argparse.ArgumentParser()
    add_config_argument(parser)

    assert parser.parse_args([]).config is None
    assert parser.parse_args(["--config", "a.toml"]).config == Path("a.toml")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("button_gpio", "led_gpio"),
        ("button_gpio", "camera_led_gpio"),
        ("led_gpio", "camera_led_gpio"),
        ("button_gpio", "softer_gpio"),
        ("knob_a_gpio", "knob_b_gpio"),
    ],
)
def test_one_line_cannot_serve_two_parts_of_the_panel(one: str, other: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"panel\.{one} and panel\.{other} are both 5"):
        configuration_from({"panel": {one: 5, other: 5}}, file=None)


def test_several_parts_of_the_panel_may_be_missing() -> None:
    missing = {"button_gpio": -1, "led_gpio": -1, "camera_led_gpio": -1}
    assert configuration_from({"panel": missing}, file=None).settings.panel.led_gpio == -1
