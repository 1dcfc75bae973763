"""Settings files that nobody writes by intention: a sentence that names the file, and no traceback."""

import os
import random
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from device.appliance.fault_lamp import salvaged_panel_settings
from device.errors import ConfigurationError
from device.settings.config_file import load_configuration, salvaged_settings
from device.settings.listing import configuration_lines, template_lines
from device.settings.sections import PanelSettings, Settings
from device.settings.text_file import find_text

SEED = 14
COUNT = 1000

Mutation = Callable[[random.Random, str], bytes]

VALUES = (
    "9" * 5000,
    "-" + "9" * 4400,
    "0x" + "f" * 4000,
    "0o" + "7" * 4000,
    "1e999",
    "nan",
    "-inf",
    "[" * 3000,
    "{a=" * 1000,
    "[" * 300 + "]" * 300,
    "1979-05-27T07:32:00Z",
    "07:32:00",
    '"\\u0000"',
    '"\\n\\u001b[2J"',
    '"\\ud800"',
    '"\\U0010ffff"',
    "'\u202e\u2066'",
    '"~nobody-has-this-name/x"',
    '"' + "x" * 4090 + '"',
    '"""' + "x\n" * 3000 + '"""',
    "true",
    "[[], {}]",
    "{}",
    '""',
    "-1",
    "1_000",
    ".5",
)
KEYS = ("a." * 1000 + "a", '"a\\nb"', '"\\u001b[2J"', '"\u2028"', "x" * 3000, '""', "places", "camera.driver.more")


def _value(chance: random.Random, text: str) -> bytes:
    lines = text.split("\n")
    rows = [row for row, line in enumerate(lines) if " = " in line]
    for row in chance.sample(rows, chance.randint(1, 3)):
        lines[row] = f"{lines[row].partition(' = ')[0]} = {chance.choice(VALUES)}"
    return "\n".join(lines).encode()


def _key(chance: random.Random, text: str) -> bytes:
    lines = text.split("\n")
    lines.insert(chance.randrange(len(lines)), f"{chance.choice(KEYS)} = {chance.choice(VALUES)}")
    return "\n".join(lines).encode()


def _section(chance: random.Random, text: str) -> bytes:
    brackets = chance.choice(["[{}]", "[[{}]]"])
    return text.replace(
        f"[{chance.choice(['camera', 'paths', 'places'])}]", brackets.format(chance.choice(KEYS))
    ).encode()


def _bytes(chance: random.Random, text: str) -> bytes:
    content = bytearray(text.encode())
    for _ in range(chance.randint(1, 20)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    return bytes(content)


def _cut(chance: random.Random, text: str) -> bytes:
    content = text.encode()
    start, end = sorted(chance.randrange(len(content)) for _ in range(2))
    return content[:start] + content[end:]


def _doubled(chance: random.Random, text: str) -> bytes:
    lines = text.split("\n")
    return "\n".join([*lines, *chance.sample(lines, 20)]).encode()


MUTATIONS: tuple[Mutation, ...] = (_value, _value, _key, _section, _bytes, _cut, _doubled)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mien.toml"


def test_a_thousand_damaged_files_end_in_settings_or_in_a_sentence(file: Path) -> None:
    chance = random.Random(SEED)  # noqa: S311 - no secret
    text = "\n".join(line.removeprefix("#") for line in template_lines() if not line.startswith("# "))
    refused = 0
    for number in range(COUNT):
        content = MUTATIONS[number % len(MUTATIONS)](chance, text)
        file.write_bytes(content)
        try:
            configuration = load_configuration(file)
        except ConfigurationError as error:
            refused += 1
            lines = error.what.split("\n")
            assert all(line.startswith(f"{file}: ") and line.isprintable() for line in lines), content
            assert len(lines) <= 101, content
            assert error.mend, content  # noqa: PT017 - most files are refused, and some are not
        else:
            shown = configuration_lines(configuration)
            assert tomllib.loads("\n".join(shown)), content
            assert all(line.isprintable() for line in shown), content
        if number % 10 == 0:
            assert isinstance(salvaged_settings(file), Settings), content
            assert isinstance(salvaged_panel_settings(file), PanelSettings), content
    assert refused > COUNT / 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (f"[camera]\nwidth = {'9' * 5000}\n", ["line 2 has 5008 characters", "width = 999"]),
        (f"[camera]\nwidth = 0x{'f' * 4000}\n", ["camera.width = a number of thousands of digits: must lie between"]),
        (f"[camera]\nwidth = {'[' * 3000}\n", ["nested too deeply", "line 2", "width = [[["]),
        (f"[camera{'.a' * 2000}]\n", ["unknown key camera.a"]),
        (
            f"camera = {{width{'.a' * 2000} = 1}}\n",
            ["camera.width is a key, and no section"],
        ),
        ('[paths]\nmusic_folder = "a\\u0000b"\n', ["paths.music_folder = 'a\\x00b': must not hold"]),
        ('[paths]\n"a\\nb.toml: all is well" = 1\n', ["unknown key paths.a b.toml: all is well"]),
        (b"[camera]\n# \xe9\n", ["cannot be read", "line 2", "0xe9"]),
        (b"#" * (1 << 17), ["cannot be read", "longer than 65536 bytes"]),
        (b"\xef\xbb\xbf[camera]\nwidth = 1\n", ["camera.width = 1: must lie between"]),
    ],
)
def test_the_sentence_names_the_place(file: Path, content: str | bytes, told: list[str]) -> None:
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigurationError) as caught:
        load_configuration(file)
    assert [words for words in told if words not in caught.value.what] == []
    assert "\n" not in caught.value.what


def test_many_problems_are_told_up_to_a_hundred(file: Path) -> None:
    file.write_text("[camera]\n" + "".join(f"key{number} = 1\n" for number in range(1000)), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_configuration(file)
    lines = caught.value.what.split("\n")
    assert (len(lines), lines[-1]) == (101, f"{file}: and 900 more problems")


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to("loop")
    for path in (
        tmp_path,
        tmp_path / "fifo",
        tmp_path / "loop",
        tmp_path / "none",
        Path("/dev/zero"),
        tmp_path / "x/y",
    ):
        with pytest.raises(ConfigurationError, match="the settings cannot be read") as caught:
            load_configuration(path)
        assert str(path) in caught.value.what


def test_an_owner_may_keep_the_file_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    (tmp_path / "dotfiles" / "mine").write_text("[camera]\nwidth = 320\n", encoding="utf-8")
    (tmp_path / "mien.toml").symlink_to("dotfiles/mine")
    assert load_configuration(tmp_path / "mien.toml").settings.camera.width == 320
    assert find_text(tmp_path / "nothing") is None


def test_a_folder_that_was_deleted_is_no_place_to_fail_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert load_configuration(None).settings.camera.width


def test_the_settings_that_are_printed_can_be_read_again(file: Path) -> None:
    odd = "/srv/\u202e\u2066\ufeff é\u3000雨 \U0001f600 \\ \" '"
    file.write_text(f"[paths]\nmusic_folder = '''{odd}'''\n", encoding="utf-8")
    lines = configuration_lines(load_configuration(file))
    assert all(line.replace("\u3000", "").isprintable() for line in lines)
    assert tomllib.loads("\n".join(lines))["paths"]["music_folder"] == odd
