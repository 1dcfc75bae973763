"""Text within columns: nothing is wider than it may be, and nothing is lost unless dots say so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.status.terminal_text import columns_of, plain, wrap


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


def test_a_tag_does_not_command_the_terminal() -> None:
    assert plain("red \x1b[31m\r\n and\tbell\a\u202e") == "red [31m and bell"
