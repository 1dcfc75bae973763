from pathlib import Path

import pytest

from tools.errors import DatasetError
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
