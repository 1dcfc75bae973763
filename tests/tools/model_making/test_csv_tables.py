from pathlib import Path

import pytest

from tools.model_making.csv_tables import find_table, table_name


@pytest.mark.parametrize(
    ("name", "expected"),
    [("FER2013.csv", "fer2013"), ("ckplus.csv.xz", "ckplus"), ("faces.tar.xz", ""), ("faces.zip", ""), ("faces", "")],
)
def test_a_table_is_known_by_its_name(name: str, expected: str) -> None:
    assert table_name(Path("somewhere") / name) == expected


def test_a_plain_file_goes_before_a_packed_one_and_an_earlier_name_before_a_later(tmp_path: Path) -> None:
    assert find_table(tmp_path, "a", "b") is None
    for name in ("b.csv", "a.csv.xz"):
        (tmp_path / name).touch()
    assert find_table(tmp_path, "a", "b") == tmp_path / "a.csv.xz"
    (tmp_path / "a.csv").touch()
    assert find_table(tmp_path, "a", "b") == tmp_path / "a.csv"
