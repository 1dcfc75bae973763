"""The usual mistakes in a settings file: each is told with its line, for what it is, and with what to write instead."""

import codecs
import os
import re
from pathlib import Path

import pytest

from device.errors import ConfigurationError
from device.settings.config_file import load_configuration, salvaged_settings
from device.settings.schema import ENTRIES

MISTAKES: list[tuple[str, str, str, str]] = [
    # section, the line below it, what is said of it, what to write
    ("quiet_hours", "begin = 22:00", "text stands in quotation marks", 'write begin = "22:00"'),
    ("quiet_hours", 'begin = "22.00"', "must be a time of the day", 'write begin = "22:00"'),
    ("quiet_hours", "begin = 22:00:00", "must be text in quotation marks", 'write begin = "22:00"'),
    ("quiet_hours", 'begin = "10 pm"', "must be a time of the day", 'write begin = ""'),
    ("sound", "start_volume_percent = 60%", "without a unit", "write start_volume_percent = 60"),
    ("sound", "start_volume_percent: 60", "no colon", "write start_volume_percent = 60"),
    ("sound", "start_volume_percent := 60", "no colon", "write start_volume_percent = 60"),
    ("sound", "start_volume_percent == 60", "one equals sign", "write start_volume_percent = 60"),
    ("sound", "start_volume_percent 60", "an equals sign is missing", "write start_volume_percent = 60"),
    ("sound", "start_volume_percent", "no value", "write start_volume_percent = 60"),
    ("sound", "start_volume_percent =", "no value", "write start_volume_percent = 60"),
    ("sound", "start_volume_percent = sixty", "a whole number stands here", "write start_volume_percent = 60"),
    ("sound", "start_volume_percent = 060", "no number of TOML", "write start_volume_percent = 60"),
    ("sound", "start_volume_percent = 60.0", "must be a whole number", "write start_volume_percent = 60"),
    ("sound", "start_volume_percent = 0.6", "must be a whole number", "write start_volume_percent = 60"),
    ("sound", 'start_volume_percent = "60"', "must be a whole number", "write start_volume_percent = 60"),
    ("sound", "start volume percent = 60", "a key is one word", "write start_volume_percent = 60"),
    ("sound", "start_volume_percent = 60;", "nothing belongs behind", "write start_volume_percent = 60"),
    ("sound", "start_volume_percent = 60,", "nothing belongs behind", "write start_volume_percent = 60"),
    (
        "sound",
        "start_volume_percent = 60 // loud",
        "a comment begins with #",
        "write start_volume_percent = 60  # loud",
    ),
    ("sound", "start_volume_percent = 101", "must lie between 0 and 100", "write start_volume_percent = 60, which"),
    ("sound", 'start_volume_percent = "60 %"', "must be a whole number", "write start_volume_percent = 60"),
    ("sound", "start_volume_percent = [60]", "must be a whole number", "write start_volume_percent = 60"),
    ("sound", 'card = "my "best" card"', "within quotation marks", "write card = 'my \"best\" card'"),
    ("panel", "chimes = True", "small letters", "write chimes = true below [sound]"),
    ("sound", "start_volume_percent = 90", "maximum_volume_percent is 80", "write start_volume_percent = 80"),
    ("sound", "start_volume_percent\u00a0= 60", "only looks like another", "write start_volume_percent = 60"),
    ("sound", "chimes = True", "small letters", "write chimes = true"),
    ("sound", "chimes = False # at night", "small letters", "write chimes = false  # at night"),
    ("sound", "chimes = yes", "small letters", "write chimes = true"),
    ("sound", 'chimes = "false"', "must be true or false", "write chimes = false"),
    ("sound", "chimes = 1", "must be true or false", "write chimes = true"),
    ("sound", "card = USB Audio", "in quotation marks", 'write card = "USB Audio"'),
    ("sound", "card = “Device”", "typographic", 'write card = "Device"'),
    ("sound", "card = „Device“", "typographic", 'write card = "Device"'),
    ("sound", "card = ‘Device’", "typographic", "write card = 'Device'"),
    ("sound", 'card = "Device', "a quotation mark is missing", 'write card = "Device"'),
    ("sound", 'card = Device"', "a quotation mark is missing", 'write card = "Device"'),
    ("sound", "card = None", "no value for nothing", 'write card = ""'),
    ("sound", "card = 1", "must be text", 'write card = "1"'),
    ("sound", "fade_seconds = 0,5", "decimal point", "write fade_seconds = 0.5"),
    ("sound", "fade_seconds = .5", "no number of TOML", "write fade_seconds = 0.5"),
    ("sound", "fade_seconds = 0.5 s", "without a unit", "write fade_seconds = 0.5"),
    ("sound", "volume = 40", "did you mean 'start_volume_percent'?", "write start_volume_percent"),
    ("sound", "sound.card = 'x'", "unknown key sound.sound", "leave sound. out"),
    ("panel", "volume = 40", "[sound] has start_volume_percent", "below [sound]"),
    ("panel", "start_volume_percent = 40", "[sound] has start_volume_percent", "below [sound]"),
    ("panel", "led_gpio = –1", "a dash", "write led_gpio = -1"),
    ("panel", "led_gpio = GPIO22", "stands alone", "write led_gpio = 22"),
    ("panel", "led_gpio = 17", "both 17", "led_gpio = -1"),
    ("panel", "colour = 'red'", "unknown key panel.colour", "delete its line"),
    ("observation", "minimum_coverage = 20%", "without a unit", "write minimum_coverage = 0.2"),
    ("observation", "minimum_coverage = 20", "must lie between 0 and 1", "write minimum_coverage = 0.2"),
    ("sound", "card = 'it's'", "within quotation marks", 'write card = "it\'s"'),
    ("sound", "start_volume_percent = 6O", "a letter stands", "write start_volume_percent = 60"),
    ("sound", "start_volume_percent = ６０", "its digits", "write start_volume_percent = 60"),
    ("sound", "start_volume_percent = 60 000", "a whole number stands here", "write start_volume_percent = 60, or"),
    ("sound", "card = « Device »", "typographic", 'write card = "Device"'),
    ("sound", "• card = 'Device'", "does not belong", "write card = 'Device'"),
    ("sound", "> card = 'Device'", "does not belong", "write card = 'Device'"),
    ("sound", "+card = 'Device'", "does not belong", "write card = 'Device'"),
    ("sound", "export card=Device", "in quotation marks", 'write card = "Device"'),
    ("sound", "card = &quot;Device&quot;", "does not belong", 'write card = "Device"'),
    ("sound", "card = 'Device\x07'", "does not belong", "write card = 'Device'"),
    ("sound", "start_vol\u00adume_percent = 50", "only looks like another", "write start_volume_percent = 50"),
    ("sound", "start–volume–percent = 50", "a key is one word", "write start_volume_percent = 50"),
    ("sound", "сard = 'a Cyrillic с'", "did you mean 'card'?", "write card"),
    ("sound", "\x1a", "nothing that can be seen", "delete it"),
    ("sound", "card = 'Device '", "begin or end with a blank", 'write card = "Device"'),
    ("sound", "card = 2026-11-29", "= 2026-11-29: must be text", 'write card = ""'),
    ("camera", "sound.card = 'Device'", "a section of its own", "move its line below [sound]"),
    ("camera", "sound.card = Device", "in quotation marks", 'write card = "Device" below [sound]'),
    ("camera", "fps = 15", "did you mean 'frames_per_second'?", "write frames_per_second"),
    ("camera", "resolution = 640x480", "unknown key camera.resolution", "delete its line"),
    ("places", "happy = [0.8, 0.5]", "did you mean 'happiness'?", "write happiness"),
    ("panel", "power_off = disabled", "small letters", "write power_off = false"),
    ("camera", "driver = v4l2", "in quotation marks", 'write driver = "v4l2"'),
    ("camera", "driver = picamera", "none of its words", 'write driver = "picamera2"'),
    ("camera", 'driver = "V4L2"', "did you mean 'v4l2'?", 'write driver = "v4l2"'),
    ("camera", 'driver = "USB"', "one of picamera2, v4l2", 'write driver = "picamera2", which is the default'),
    ("camera", "width = 640 height = 480", "two settings in one line", "write width = 640 and below it height = 480"),
    ("sound", "start_volume_percent = 60   60", "a whole number stands here", "write start_volume_percent = 60, or"),
    ("sound", f"card = x{' ' * 3000}1", "in quotation marks", 'write card = ""'),
    ("camera", "width = [640, 480]", "must be a whole number", "write width = 640, which is the default"),
    ("camera", 'driver = ["v4l2"]', "must be text", 'write driver = "v4l2"'),
    ("paths", "music_folder = /srv/music", "in quotation marks", 'write music_folder = "/srv/music"'),
    ("paths", 'music_folder = "C:\\Users\\me"', "a \\ or a", "write music_folder = 'C:\\Users\\me'"),
    ("places", "fear = (-0.6, 0.6)", "square brackets", "write fear = [-0.6, 0.6]"),
    ("places", "fear = [-0.6 0.6]", "square brackets", "write fear = [-0.6, 0.6]"),
    ("places", "fear = [-0.6, 0.6", "square brackets", "write fear = [-0.6, 0.6]"),
    ("places", "fear = [2, 0]", "both in [-1, 1]", "write fear = "),
    ("sound", "// loud", "a comment begins with #", "put # before it"),
    ("sound", "louder, please", "no key with its = and value", "put # before it"),
    ("sound", "[panel", "its closing bracket ] is missing", "write [panel]"),
    ("sound", "[panel]]", "no section's name", "write [panel]"),
    ("sound", "(panel)", "stands in brackets", "write [panel]"),
    ("sound", "panel:", "stands in brackets", "write [panel]"),
    ("sound", "[Panel]", "did you mean 'panel'?", ""),
    ("sound", "[[panel]]", "must be a section", "single brackets"),
    ("sound", "[panel] led_gpio = 22", "alone in its line", "write [panel], and below it led_gpio = 22"),
    ("sound", "[panel] please", "only a comment may follow", "write [panel] alone"),
    ("sound", "\u200b[panel]", "a character that hides", "write [panel]"),
    ("sound", "> [panel]", "no section's name", "write [panel]"),
    ("sound", "［panel］", "no section's name", "write [panel]"),
    ("sound", "[panel.led_gpio]", "is a key, and no section", "write [panel]"),
    ("sound", "[]", "a name between its brackets", ""),
    ("sound", "[sound]", "is there already, in line 2", "move the keys"),
    ("sound", "[pannel]", "did you mean 'panel'?", "write [panel]"),
    ("sound", "[pan el]", "no section's name", "write [panel]"),
    ("sound", "[general]", "unknown section [general]", "the sections are paths, camera"),
]


def told(file: Path, content: str | bytes) -> ConfigurationError:
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigurationError) as caught:
        load_configuration(file)
    return caught.value


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mien.toml"


@pytest.mark.parametrize(("section", "line", "what", "mend"), MISTAKES, ids=[ascii(case[1]) for case in MISTAKES])
def test_a_mistake_is_told_with_its_line_and_with_what_to_write(
    file: Path, section: str, line: str, what: str, mend: str
) -> None:
    for ending in ("\n", "\r\n"):
        error = told(file, ending.join(["# mine", f"[{section}]", line, ""]))
        assert error.what.startswith(f"{file}: line 3: "), error
        assert what in error.what, error
        assert mend in error.mend, error
        assert "\n" not in error.what


@pytest.mark.parametrize("case", [case for case in MISTAKES if case[3].startswith("write ") and "=" in case[3]])
def test_what_is_to_be_written_can_be_read(file: Path, case: tuple[str, str, str, str]) -> None:
    section, line, _, _ = case
    mend = re.split(r", which is|, or ", told(file, f"[{section}]\n{line}\n").mend)[0].removeprefix("write ")
    better, _, elsewhere = mend.partition(" below [")
    lines = re.sub(",? and below it ", "\n", better)
    file.write_text(f"[{elsewhere.removesuffix(']') or section}]\n{lines}\n", encoding="utf-8")
    load_configuration(file)


def test_a_key_above_every_section_is_told_where_it_belongs(file: Path) -> None:
    for line, key in (
        ("start_volume_percent = 60", "start_volume_percent"),
        ("volume = 60", "start_volume_percent"),
        ("card = 'A'", "card"),
    ):
        error = told(file, f"\n{line}\n")
        assert f"line 2: {line.partition(' ')[0]} stands before any section; [sound] has {key}" in error.what
        assert error.mend == "write [sound] in the line above it"
    assert "none has such a key" in told(file, "nonsense = 60\n").what


def test_a_section_that_a_dotted_key_has_begun_is_told_with_what_to_move(file: Path) -> None:
    for line in ("sound.card = 'A'", "sound = {card = 'A'}", "sound = {card = 'A', chimes = true}"):
        error = told(file, f"{line}\n[camera]\n[sound]\nchimes = true\n")
        assert "line 3: [sound] is begun already by line 1" in error.what
        assert error.mend == "move line 1 below this one, and leave its sound. out"


def test_a_key_that_is_there_twice_is_told_with_both_lines(file: Path) -> None:
    error = told(file, "[sound]\nfade_seconds = 1\nchimes = true\nfade_seconds = 2\n")
    assert "line 4: fade_seconds has a value already, in line 2" in error.what
    assert error.mend == "delete line 2 or line 4"


def test_mistakes_of_every_kind_are_told_at_once_each_with_its_mend(file: Path) -> None:
    error = told(file, "[sound]\nchimes = True\n[camera\nwidth = 1\nhieght = 480\n[sond]\n[sound]\n")
    lines = [line.removeprefix(f"{file}: ") for line in error.what.split("\n")]
    assert [line.partition(":")[0] for line in lines] == ["line 2", "line 3", "line 7", "line 6", "line 4", "line 5"]
    assert lines[0].endswith("; write chimes = true")
    assert "mien config --template" in error.mend  # which works with a broken file as well


def test_every_key_may_stand_in_quotation_marks_and_be_given_twice_the_wrong_way(file: Path) -> None:
    """Whatever key it is, an unquoted word for its value is told with a line that fits."""
    for section, entries in ENTRIES.items():
        for key in entries:
            error = told(file, f"[{section}]\n{key} = what?!\n")
            assert f"{file}: line 2: {key} = what?!: " in error.what
            assert error.mend.startswith(f"write {key} = ")


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_what_editors_save_is_read(file: Path, codec: str, ending: str) -> None:
    file.write_bytes(ending.join(["# Größe", "[camera]", "width = 320", ""]).encode(codec))
    assert load_configuration(file).settings.camera.width == 320


@pytest.mark.parametrize(
    ("content", "what", "mend"),
    [
        ("[sound]\n# é\n".encode("latin-1"), "line 2 holds byte 0xe9, no UTF-8; it would be é in Latin-1", "UTF-8"),
        (codecs.BOM_UTF16_LE + b"[\0s\0o", "it begins like UTF-16", "save the file as UTF-8"),
        ("[sound]\nchimes = true\n".encode("utf-16-le"), "saved as UTF-16", "save the file as UTF-8"),
        (b"[sound]\n\0\n", "line 2 holds a zero byte", "delete line 2"),
        (b"\x00\x01\x02\x00\x00\x00" * 9, "it is no text", "move it away: sudo mv"),
        (b"PK\x03\x04" + bytes(range(256)) * 9, "it is no text", "move it away"),
        (b"\0" * 900, "nothing but zero bytes", "move it away"),
    ],
)
def test_what_is_no_text_is_named_for_what_it_is(file: Path, content: bytes, what: str, mend: str) -> None:
    error = told(file, content)
    assert what in error.what
    assert mend in error.mend


def test_what_cannot_be_opened_is_named_for_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "mien.toml").write_text("", encoding="utf-8")
    (tmp_path / "link").symlink_to("nowhere")
    for path, what, mend in (
        (tmp_path, "it is a folder", f"--config {tmp_path}/mien.toml"),
        (tmp_path / "none", "it is not there", "mien config --template"),
        (tmp_path / "link", "a link that leads nowhere", "remove the link"),
    ):
        with pytest.raises(ConfigurationError) as caught:
            load_configuration(path)
        assert what in caught.value.what
        assert mend in caught.value.mend


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_rights_is_told_with_the_command_that_gives_them(file: Path) -> None:
    file.touch(mode=0o600)
    file.chmod(0)
    with pytest.raises(ConfigurationError) as caught:
        load_configuration(file)
    assert caught.value.mend == f"let everybody read it: sudo chmod 644 {file}"


def test_of_a_broken_file_the_rest_is_salvaged(file: Path) -> None:
    file.write_text(
        '[paths]\ncontrol_socket = "/run/a.sock"\nmusic_folder = \n[camera\nwidth = 320\nheight = 1\n[paths]\nx = 1\n',
        encoding="utf-8",
    )
    settings = salvaged_settings(file)
    assert str(settings.paths.control_socket) == "/run/a.sock"
    assert (settings.camera.width, settings.camera.height) == (320, 480)
    file.write_bytes("[paths]\ncontrol_socket = '/run/a.sock' # é\n".encode("latin-1"))
    assert str(salvaged_settings(file).paths.control_socket) == "/run/a.sock"
