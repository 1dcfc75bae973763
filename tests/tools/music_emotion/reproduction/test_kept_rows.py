import json
from pathlib import Path
from typing import Any

import pytest

from tools.errors import TrainingError
from tools.music_emotion.reproduction.reproduction import KeptRows


def row(name: str, *, seed: int = 1, data: str = "d") -> dict[str, Any]:
    return {
        "row": name,
        "settings": {"seed": seed},
        "figures": {},
        "source": {},
        "kept_model": None,
        "data": {"sha256": data},
    }


def test_a_row_is_found_only_with_its_very_settings_and_data(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    KeptRows(path).put(row("mel-cnn"))
    kept = KeptRows(path)
    assert kept.find("mel-cnn", {"seed": 1}, "d") == row("mel-cnn")
    assert kept.find("mel-cnn", {"seed": 2}, "d") is None
    assert kept.find("mel-cnn", {"seed": 1}, "e") is None
    assert kept.find("mel-cnn-bilstm", {"seed": 1}, "d") is None


def test_rows_stand_in_the_tables_order_and_replace_their_namesakes(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    kept = KeptRows(path)
    for entry in (row("mel-cnn-bilstm"), row("spectrogram-cnn"), row("mel-cnn-bilstm", seed=2)):
        kept.put(entry)
    rows = json.loads(path.read_text(encoding="utf-8"))["rows"]
    assert rows == [row("spectrogram-cnn"), row("mel-cnn-bilstm", seed=2)]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"schema": 2}',
        '{"schema": 1, "rows": []}',
        '{"schema": 9, "rows": []}',
        '{"schema": 2, "rows": [{"row": "mel-cnn"}]}',
        json.dumps({"schema": 2, "rows": [row("a")]}),
    ],
)
def test_a_file_that_is_no_such_table_is_named_and_left_alone(content: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(TrainingError, match=r"rows\.json"):
        KeptRows(path)
    assert path.read_text(encoding="utf-8") == content
