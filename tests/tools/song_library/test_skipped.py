import csv
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.errors import DatasetError
from tools.model_making.csv_tables import cell_text, text_cell
from tools.song_library.skipped import Skipped, read_skipped, write_skipped


def test_the_list_that_an_analysis_writes_is_read(tmp_path: Path) -> None:
    skipped = (Skipped('a, "b"\n.mp3', "holds no sound"), Skipped("é.ogg", "damaged, or not music"))
    write_skipped(tmp_path / "list.csv", skipped)
    assert read_skipped(tmp_path / "list.csv") == skipped


def test_further_columns_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("reason,size,path\nempty,0,a.mp3\n", encoding="utf-8")
    assert read_skipped(tmp_path / "list.csv") == (Skipped("a.mp3", "empty"),)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (b"path\na.mp3\n", "lacks the column reason"),
        (b"", "lacks the columns path, reason"),
        (b"path,reason\n\xff,x\n", "cannot be read"),
        (None, "cannot be read"),
    ],
)
def test_another_file_is_refused_by_name(tmp_path: Path, written: bytes | None, told: str) -> None:
    path = tmp_path / "list.csv"
    if written is not None:
        path.write_bytes(written)
    with pytest.raises(DatasetError, match=told) as caught:
        read_skipped(path)
    assert str(path) in str(caught.value)


FORMULAS = [
    "=cmd|' /C calc'!A0.mp3",
    *(f"{sign}1" for sign in ("=", "+", "-", "@", "\t=", "\r=", "\n=", " =", "'=", " \r", "＝", "＋", "－", "＠")),
]


@pytest.mark.parametrize("name", [*FORMULAS, "'Round Midnight.mp3", "a=b.mp3", "1-2.mp3", "''=x", ""])
def test_no_cell_is_a_formula_and_the_list_is_read_as_it_was(name: str, tmp_path: Path) -> None:
    skipped = (Skipped(name, name),)
    write_skipped(tmp_path / "list.csv", skipped)
    with (tmp_path / "list.csv").open(encoding="utf-8", newline="") as file:
        cells = list(csv.reader(file))[1]
    assert [cell[:1] in tuple("=+-@\t\r\n＝＋－＠") and cell != "" for cell in cells] == [False, False]
    assert (cells[0] != name) == (name in {*FORMULAS, "''=x"})
    assert read_skipped(tmp_path / "list.csv") == skipped


@given(st.text(st.sampled_from("'=+-@\t\r\n a＝")))
def test_a_cell_gives_its_text_back(text: str) -> None:
    assert cell_text(text_cell(text)) == text
    assert text_cell(text).lstrip(" ")[:1] not in set("=+-@\t\r\n＝")


def test_a_pipe_is_refused_at_once_and_a_link_is_the_owners(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(DatasetError, match="cannot be read"):
        read_skipped(tmp_path / "pipe.csv")
    write_skipped(tmp_path / "there.csv", [Skipped("a.mp3", "empty")])
    (tmp_path / "list.csv").symlink_to("there.csv")
    assert read_skipped(tmp_path / "list.csv") == (Skipped("a.mp3", "empty"),)
