"""What somebody else has written: no link is followed, nothing waits, and nothing is read or shown without an end."""

import os
import posixpath
import unicodedata
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from device.files.untrusted import (
    LONGEST_LINE,
    Fields,
    open_beneath,
    open_inside,
    open_regular,
    parent_beneath,
    parse_json,
    plain,
    printable,
    read_at_most,
    stays_inside,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_text("of root alone")
    inside = tmp_path / "release"
    (inside / "deep/er").mkdir(parents=True)
    (inside / "deep/er/file").write_text("content")
    (inside / "link").symlink_to(tmp_path / "secret")
    (inside / "deep/up").symlink_to(tmp_path)
    os.mkfifo(inside / "fifo")
    return inside


def test_a_file_is_read_by_its_relative_path(folder: Path) -> None:
    with open_beneath(folder, "deep/er/file") as file:
        assert file.read() == b"content"
    with open_beneath(folder, "deep/./er//file") as file:
        assert file.read() == b"content"


def test_the_folder_itself_may_be_reached_by_a_link(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to(folder)
    with open_beneath(tmp_path / "current", "deep/er/file") as file:
        assert file.read() == b"content"


@pytest.mark.parametrize(
    "name",
    ["link", "deep/up/secret", "fifo", "deep", "nothing", "../secret", "/etc/passwd", ".", "a\0b", "x" * 300],
)
def test_whatever_is_no_regular_file_inside_is_refused_at_once(folder: Path, name: str) -> None:
    with pytest.raises(OSError, match=r".+") as caught:
        open_beneath(folder, name)
    assert caught.value.strerror


def test_a_link_inside_the_folder_may_lead_to_a_file(folder: Path) -> None:
    (folder / "inner").symlink_to("deep/er")
    with open_inside(folder, "inner/file") as file:
        assert file.read() == b"content"


@pytest.mark.parametrize("name", ["link", "deep/up/secret", "fifo", "../secret", "loop", "a\0b", "gone"])
def test_a_link_that_leads_out_or_nowhere_is_refused(folder: Path, name: str) -> None:
    (folder / "loop").symlink_to("loop")
    with pytest.raises(OSError, match=r".+") as caught:
        open_inside(folder, name)
    assert caught.value.strerror


@pytest.mark.parametrize("path", ["link", "fifo", "deep", "/dev/zero"])
def test_the_same_holds_for_one_path(folder: Path, path: str) -> None:
    with pytest.raises(OSError, match=r".+"):
        open_regular(folder / path)


def test_no_descriptor_stays_open(folder: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for name in ("deep/er/file", "link", "fifo", "deep", "deep/up/secret"):
        try:
            open_beneath(folder, name).close()
        except OSError:
            continue
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_no_more_is_read_than_allowed(folder: Path) -> None:
    with open_beneath(folder, "deep/er/file") as file:
        assert read_at_most(file, 7) == b"content"
    with open_beneath(folder, "deep/er/file") as file, pytest.raises(OSError, match="longer than 6 bytes"):
        read_at_most(file, 6)


@pytest.mark.parametrize("document", ["[" * 100_000, '{"a":' * 100_000, b"\xff", "", "9" * 5000])
def test_json_is_a_value_or_a_value_error(document: str | bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_json(document)


@given(st.text(st.characters(codec=None)))
def test_a_plain_text_is_one_line_that_can_be_written(text: str) -> None:
    shown = plain(text)
    shown.encode()
    assert shown.isprintable() or " " in shown or shown == ""
    assert not set(shown) & set("\n\r\x1b\x9b\u202e\u2066\u2028\x00")
    assert len(shown) <= LONGEST_LINE
    assert plain(shown) == shown


def test_a_long_text_is_cut_off_visibly() -> None:
    assert plain("a" * 10_000).endswith("a…")
    assert len(plain("a" * 10_000)) == LONGEST_LINE


@given(st.text(st.characters(codec=None)), st.integers(1, 50))
def test_a_printable_line_keeps_its_blanks_and_nothing_that_is_obeyed(text: str, most: int) -> None:
    shown = printable(text, most=most)
    assert not {"Zl", "Zp"} & {unicodedata.category(mark) for mark in shown}
    assert "C" not in {unicodedata.category(mark)[0] for mark in shown}
    assert len(shown) <= most
    assert printable(shown) == shown
    assert plain(shown) == " ".join(shown.split())


def test_columns_stay_where_they_are() -> None:
    assert printable("a   b\x1b[2J\u00a0\u3000c\nd") == "a   b[2J\u00a0\u3000c d"
    assert len(printable("a" * 10_000, most=None)) == 10_000


def test_a_folder_that_holds_a_path_is_reached_by_no_link(folder: Path) -> None:
    with parent_beneath(folder, "deep//./er/new") as (parent, last):
        os.mkdir(last, dir_fd=parent)
    assert (folder / "deep/er/new").is_dir()
    for name in ("deep/up/x", "fifo/x", "nothing/x", "../x"):
        with pytest.raises(OSError, match=r".+"), parent_beneath(folder, name):
            pytest.fail("it was entered")


def test_fields_are_of_their_type_or_their_default() -> None:
    fields = Fields({"a": "x", "n": 3, "f": 1.5, "yes": True, "l": ["x"], "o": {"i": 1}, "os": [{}], "nothing": None})
    assert (fields.text("a", ""), fields.text("nothing", None), fields.text("b", "d")) == ("x", None, "d")
    assert (fields.whole("n", 0), fields.number("n", 0.0), fields.number("f", 0.0)) == (3, 3.0, 1.5)
    assert (fields.flag("yes", default=False), fields.flag("b", default=False)) == (True, False)
    assert (fields.texts("l"), fields.texts("b"), len(fields.each_fields("os"))) == (("x",), (), 1)
    assert (fields.items("o"), fields.items("b"), fields.fields("b")) == ((("i", 1),), None, None)
    fields.need("a", "n")
    with pytest.raises(ValueError, match="lacks b, nothing"):
        fields.need("a", "b", "nothing")


STRANGE = [
    None,
    True,
    1.0,
    -1,
    2**70,
    float("nan"),
    float("inf"),
    "\ud800",
    "x",
    [1],
    ["\ud800"],
    {},
    [[]],
    {"\ud800": 1},
]


@given(st.sampled_from(STRANGE), st.sampled_from(["text", "texts", "whole", "number", "flag", "fields", "items"]))
def test_a_value_of_another_type_is_told_by_its_name(value: object, kind: str) -> None:
    ask = getattr(Fields({"key": value}, "outer"), kind)
    told = ""
    try:
        found = ask("key") if kind in {"texts", "fields", "items"} else ask("key", None)
        assert found is None or isinstance(found, str | int | float | tuple | Fields)
    except ValueError as error:
        told = str(error)
    assert not told or ("outer.key" in told and told.isprintable())


@pytest.mark.parametrize("content", [None, 1, "x", []])
def test_what_is_no_object_has_no_fields(content: object) -> None:
    with pytest.raises(ValueError, match="it is no object"):
        Fields(content)


@pytest.mark.parametrize(
    "path", ["a.mp3", "Artist/Album/01 a.mp3", "Artist.../...and then.mp3", "..a/b..", "a//b", "./a", " ", "a\\..\\b"]
)
def test_a_path_below_its_folder_stays_inside(path: str) -> None:
    assert stays_inside(path)


@pytest.mark.parametrize("path", ["", "/", "/etc/passwd", "//a", "..", "../a", "a/..", "a/../b", "a/../../b", "./../a"])
def test_a_path_that_is_absolute_or_steps_up_or_is_none_does_not(path: str) -> None:
    assert not stays_inside(path)


paths = st.lists(st.sampled_from(["..", ".", "", "a", "b..", "..c", "\0", "é"]), max_size=6).map("/".join) | st.text()


@given(paths)
@example("a/../..")
def test_whatever_stays_inside_leads_below_the_folder_and_nothing_else_is_refused(path: str) -> None:
    pure = PurePosixPath(path)
    assert stays_inside(path) == (path != "" and "\0" not in path and not pure.is_absolute() and ".." not in pure.parts)
    if stays_inside(path):
        assert f"{posixpath.normpath(f'/music/{path}')}/".startswith("/music/")
