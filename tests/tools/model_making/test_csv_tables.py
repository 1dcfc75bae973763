from pathlib import Path

import pytest

from tools.model_making.csv_tables import table_name


@pytest.mark.parametrize(
    ("name", "expected"),
    [("FER2013.csv", "fer2013"), ("ckplus.csv.xz", "ckplus"), ("faces.tar.xz", ""), ("faces.zip", ""), ("faces", "")],
)
def test_a_table_is_known_by_its_name(name: str, expected: str) -> None:
    assert table_name(Path("somewhere") / name) == expected
