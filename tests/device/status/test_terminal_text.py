"""Text within columns: nothing is wider than it may be, and nothing is lost unless dots say so."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from device.files.untrusted import plain
from device.status.terminal_text import _ONE_COLUMN_EACH, columns_of, wrap


@given(text=st.text(max_size=200), columns=st.integers(2, 40), lines=st.integers(1, 5))
def test_lines_keep_within_their_columns(text: str, columns: int, lines: int) -> None:
    wrapped = wrap(text, columns, lines=lines)
    assert 1 <= len(wrapped) <= lines
    assert all(columns_of(line) <= columns for line in wrapped)


@given(text=st.text(max_size=200), columns=st.integers(2, 40))
def test_with_room_enough_nothing_is_lost(text: str, columns: int) -> None:
    wrapped = wrap(text, columns, lines=10_000)
    assert "".join(wrapped).replace(" ", "") == plain(text).replace(" ", "")


@pytest.mark.parametrize(
    ("text", "lines", "wrapped"),
    [
        ("", 1, [""]),
        ("one two three", 1, ["one two …"]),
        ("one two three", 2, ["one two", "three"]),
        ("incomprehensible", 2, ["incomprehe", "nsible"]),
        ("日本語の題名だよ", 1, ["日本語の …"]),
    ],
)
def test_ten_columns(text: str, lines: int, wrapped: list[str]) -> None:
    assert wrap(text, 10, lines=lines) == wrapped


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("", 0),
        ("Ana — “Übermut” …", 17),
        ("日本", 4),
        ("e\u0301", 1),
        ("Привет", 6),
        pytest.param("\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}", 2, id="a family of three, joined"),
        pytest.param("\N{THUMBS UP SIGN}\N{EMOJI MODIFIER FITZPATRICK TYPE-4}", 2, id="a thumb with a skin tone"),
        pytest.param("\N{HEAVY BLACK HEART}\ufe0f", 2, id="a heart, asked for as an emoji"),
        pytest.param("\N{REGIONAL INDICATOR SYMBOL LETTER F}\N{REGIONAL INDICATOR SYMBOL LETTER R}", 2, id="a flag"),
    ],
)
def test_the_columns_of_a_text_are_those_that_a_terminal_takes(text: str, columns: int) -> None:
    assert columns_of(text) == columns


def test_an_emoji_is_kept_whole_where_a_line_ends() -> None:
    thumb = "\N{THUMBS UP SIGN}\N{EMOJI MODIFIER FITZPATRICK TYPE-4}"
    assert wrap(thumb * 6, 10, lines=2) == [thumb * 5, thumb]


def test_what_is_measured_without_the_library_measures_the_same_with_it() -> None:
    short_cut = [character for character in map(chr, range(0x3000)) if _ONE_COLUMN_EACH.fullmatch(character)]
    assert len(short_cut) > 600
    assert {character: cell_len(character) for character in short_cut} == dict.fromkeys(short_cut, 1)


def test_latin_letters_are_measured_without_loading_the_library() -> None:
    script = (
        "import sys\n"
        "from device.status.terminal_text import wrap\n"
        "wrap('Größe × Ærø — “où” → … ' * 20, 40, lines=3)\n"
        "assert 'rich' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_tag_does_not_command_the_terminal() -> None:
    assert plain("red \x1b[31m\r\n and\tbell\a\u202e") == "red [31m and bell"
