"""One line of a settings file is changed, and every other stays as its owner wrote it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from device.__main__ import main
from device.settings import editing
from device.settings.config_file import load_configuration
from device.settings.listing import template_lines
from device.settings.schema import ENTRIES, written
from device.settings.sections import Settings
from device.settings.text_file import read_text

Mien = Callable[..., tuple[int, str, str]]

OWN = '# mine\r\n[camera]\r\n  width = 320   # small\r\n\r\n[sound] # loud\r\nchimes = false\r\n"card" = "A"\r\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mien.toml"


@pytest.fixture
def mien(file: Path, capsys: pytest.CaptureFixture[str]) -> Mien:
    def run(*words: str) -> tuple[int, str, str]:
        code = main(["config", *words, "--config", str(file)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def template() -> str:
    return "\n".join([*template_lines(), ""])


@pytest.mark.parametrize(
    ("words", "before", "after"),
    [
        (("sound.card", "B"), '"card" = "A"', 'card = "B"'),
        (("camera.width", "640"), "  width = 320   # small", "  width = 640   # small"),
        (("camera.height", "=", "240"), "# small\r\n", "# small\r\nheight = 240\r\n"),
        (("sound.fade_seconds=1",), '"A"\r\n', '"A"\r\nfade_seconds = 1\r\n'),
        (("panel.button_gpio", "-1"), '"A"\r\n', '"A"\r\n\r\n[panel]\r\nbutton_gpio = -1\r\n'),
        (("chimes", "on"), "chimes = false", "chimes = true"),
        (("places.fear", "-0.5", "0.5"), '"A"\r\n', '"A"\r\n\r\n[places]\r\nfear = [-0.5, 0.5]\r\n'),
    ],
)
def test_one_line_is_written(file: Path, mien: Mien, words: tuple[str, ...], before: str, after: str) -> None:
    file.write_bytes(OWN.encode("utf-16"))
    file.chmod(0o640)
    code, said, complaint = mien("set", *words)
    assert (code, complaint) == (0, "")
    assert "It counts when mien is started next." in said
    assert file.read_bytes().decode("utf-16") == OWN.replace(before, after)
    assert file.stat().st_mode & 0o777 == 0o640


def test_what_an_owner_has_put_behind_a_hash_stays(file: Path, mien: Mien) -> None:
    file.write_text('[sound]\n#card = "Other"\n#chimes = true  # mine\n', encoding="utf-8")
    assert mien("set", "sound.card", "A")[0] == mien("set", "sound.chimes", "off")[0] == 0
    after = '[sound]\n#card = "Other"\ncard = "A"\nchimes = false  # mine\n'
    assert file.read_text(encoding="utf-8") == after


def test_a_key_with_its_section_before_a_point_keeps_it(file: Path, mien: Mien) -> None:
    file.write_text('sound.card = "A"\nsound.chimes = false\n', encoding="utf-8")
    assert mien("set", "sound.card", "B")[0] == 0
    assert mien("unset", "sound.chimes")[0] == 0
    assert file.read_text(encoding="utf-8") == 'sound.card = "B"\n#chimes = true\n'


def test_a_link_to_the_file_stays_one(file: Path, mien: Mien) -> None:
    (file.parent / "mine").write_text("[sound]\n", encoding="utf-8")
    file.symlink_to("mine")
    assert mien("set", "sound.card", "USB", "Audio")[0] == 0
    assert file.is_symlink()
    assert (file.parent / "mine").read_text(encoding="utf-8") == '[sound]\ncard = "USB Audio"\n'


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("set", "sound.card"), 78, "has no value"),
        (("set",), 78, "needs a key and a value"),
        (("unset",), 78, "takes one key"),
        (("set", "sound.volume", "5"), 78, "did you mean sound.start_volume_percent?"),
        (("set", "sond.card", "x"), 78, "did you mean sound.card?"),
        (("set", "driver", "v4l2"), 78, "camera.driver, panel.driver, clock.driver"),
        (("set", "nonsense.at.all", "5"), 78, "there is no setting nonsense.at.all"),
        (("set", "sound.start_volume_percent", "60%"), 78, "mend: mien config set sound.start_volume_percent 60\n"),
        (("set", "sound.start_volume_percent", "90"), 78, "mien: nothing was changed; with that, sound.start_volume_"),
        (("set", "sound.start_volume_percent", "90"), 78, "mend: mien config set sound.start_volume_percent 80, or"),
        (("set", "sound.fade_seconds", "0,5"), 78, "mend: mien config set sound.fade_seconds 0.5\n"),
        (("set", "camera.driver", "usb"), 78, "one of picamera2, v4l2"),
        (("set", "sound.chimes", "maybe"), 78, "must be true or false"),
        (("set", "places.fear", "2", "0"), 78, "both in [-1, 1]"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    file: Path, mien: Mien, words: tuple[str, ...], code: int, told: str
) -> None:
    file.write_text(OWN, encoding="utf-8", newline="")
    ended, said, complaint = mien(*words)
    assert (ended, said) == (code, "")
    assert told in complaint
    assert complaint.count("mend:") == 1
    assert file.read_bytes() == OWN.encode()


def test_a_broken_line_may_be_mended_by_setting_its_key(file: Path, mien: Mien) -> None:
    file.write_text("[sound]\nstart_volume_percent = 60%\n", encoding="utf-8")
    assert mien("set", "sound.chimes", "off")[0] == 78
    assert mien("set", "sound.start_volume_percent", "60")[0] == 0
    assert file.read_text(encoding="utf-8") == "[sound]\nstart_volume_percent = 60\n"


def test_a_mistake_elsewhere_in_the_file_is_told_with_the_line_that_its_owner_sees(file: Path, mien: Mien) -> None:
    before = "[sound]\n[camera]\n[camera]\n"
    file.write_text(before, encoding="utf-8")
    code, _, said = mien("set", "sound.card", "Device")
    assert (code, file.read_text(encoding="utf-8")) == (78, before)
    assert "line 3: [camera] is there already, in line 2" in said


def test_every_setting_can_be_set_and_unset_and_the_template_is_as_before(file: Path, mien: Mien) -> None:
    assert mien("set", "sound.card", "Device")[0] == 0  # there was no file
    assert load_configuration(file).settings.sound.card == "Device"
    text = read_text(file)
    for section in ENTRIES.values():
        for entry in section.values():
            value = editing.value_from_words(entry, written(entry.default).strip('"'))
            text = editing.with_value(text, entry, value, file=file)
    assert not any(line.startswith("#") and " = " in line and line[1] != " " for line in text.lines)
    for section in ENTRIES.values():
        for entry in section.values():
            text = editing.without_value(text, entry, file=file)
    assert text.text == template()


def test_unset_leaves_a_key_to_its_default(file: Path, mien: Mien) -> None:
    assert mien("unset", "sound.card")[0] == 0
    assert not file.exists()
    file.write_text('[sound]\ncard = "A"  # mine\n', encoding="utf-8")
    assert "the default" in mien("unset", "sound.card")[1]
    assert file.read_text(encoding="utf-8") == '[sound]\n#card = ""  # mine\n'
    assert "does not change sound.card" in mien("unset", "sound.card")[1]
    assert mien("set", "sound.card", "B")[0] == 0
    assert "says so already" in mien("set", "sound.card", "B")[1]


def full_template(changes: dict[str, str]) -> str:
    """The file that the first versions installed, with every value."""
    head = "# The settings of a mien box, each at its default. A copy belongs at /etc/mien/mien.toml.\n"
    head += "# Delete there what you do not change.\n# Printed by: mien config --template\n\n"
    lines = [line.removeprefix("#") if line[:1] == "#" and line[1] != " " else line for line in template_lines()[4:]]
    text = head + "\n".join([*lines, ""])
    for before, after in changes.items():
        assert text.count(before) == 1
        text = text.replace(before, after)
    return text


def test_an_installed_template_is_tidied_to_what_its_owner_changed(file: Path, mien: Mien) -> None:
    changes = {
        'card = ""': 'card = "Device"  # the stick',
        "minimum_face_share = 0.1": "minimum_face_share = 0.15",  # the default of those days
        "keep_days = 90": "keep_days = 30",
    }
    file.write_text(full_template(changes), encoding="utf-8")
    effective = load_configuration(file).settings
    code, said, _ = mien("tidy")
    assert code == 0
    expected = template()
    for before, after in (("#" + key, changes[key]) for key in ('card = ""', "keep_days = 90")):
        expected = expected.replace(before, after)
    assert file.read_text(encoding="utf-8") == expected
    assert file.with_name("mien.toml.before-tidy").read_text(encoding="utf-8") == full_template(changes)
    assert str(file.with_name("mien.toml.before-tidy")) in said
    tidied = load_configuration(file).settings
    assert (tidied.sound, tidied.history) == (effective.sound, effective.history)
    assert tidied.faces.minimum_face_share == Settings().faces.minimum_face_share
    assert "nothing was changed" in mien("tidy")[1]


def test_in_a_file_of_ones_own_a_former_default_is_a_choice(file: Path, mien: Mien) -> None:
    own = "[faces]\nminimum_face_share = 0.15\nwhole_picture_seconds = 2\n[sound]\nchimes = true\n"
    file.write_text(own, encoding="utf-8")
    assert mien("tidy")[0] == 0
    after = own.replace("chimes", "#chimes").replace("whole_picture_seconds = 2", "#whole_picture_seconds = 2.0")
    assert file.read_text(encoding="utf-8") == after


def test_the_list_marks_what_the_owner_changed(file: Path, mien: Mien) -> None:
    file.write_text('[sound]\ncard = "Device"\nchimes = true\n', encoding="utf-8")
    _, said, _ = mien()
    lines = said.split("\n")
    assert lines[0].startswith(f"# {file} changes 2 of these")
    assert 'card = "Device"  # line 2; the default: ""' in lines
    assert "chimes = true  # line 3; the default as well" in lines
    assert "#fade_seconds = 0.4" in lines


def test_a_template_changes_nothing(file: Path) -> None:
    file.write_text(template(), encoding="utf-8")
    assert set(load_configuration(file).origins.values()) == {"default"}
