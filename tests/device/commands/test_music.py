"""The verb by which a push tells the box about music."""

import io
import os
import shutil
import sys
from pathlib import Path

import pytest

from device.__main__ import main
from device.releases.push_protocol import PushOffer, SongFile

MODELS = Path(__file__).parents[3] / "models"


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """A box on release 1, with a song that its table names and two that it does not."""
    (tmp_path / "releases" / "1").mkdir(parents=True)
    shutil.copy(MODELS / "songs.sqlite", tmp_path / "releases" / "1")
    (tmp_path / "releases" / "current").symlink_to("1")
    for name in ("candle-stub.ogg", "old/pushed.ogg", "old/own.ogg"):
        (tmp_path / "music" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "music" / name).write_bytes(b"sound")
        os.utime(tmp_path / "music" / name, (1000, 1000))
    (tmp_path / "mien.toml").write_text('[paths]\nrelease_folder = "releases/current"\nmusic_folder = "music"\n')
    return tmp_path


def tell(box: Path, action: str, given: bytes, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
    return main(["music", action, "--config", str(box / "mien.toml")])


def test_what_was_noted_may_go_unless_the_table_names_it(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    brought = dict.fromkeys(("candle-stub.ogg", "old/pushed.ogg"), SongFile(5, 1000))
    assert tell(box, "note", PushOffer(songs=brought).text().encode(), monkeypatch) == 0
    names = b"candle-stub.ogg\0old/pushed.ogg\0old/own.ogg\0"
    assert tell(box, "clear", names, monkeypatch) == 0
    left = {path.relative_to(box / "music").as_posix() for path in (box / "music").rglob("*.ogg")}
    assert left == {"candle-stub.ogg", "old/own.ogg"}


@pytest.mark.parametrize(("action", "given"), [("note", b"nonsense"), ("note", b"\xff"), ("clear", b"\xff\0")])
def test_what_cannot_be_understood_changes_nothing(
    box: Path, action: str, given: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tell(box, action, given, monkeypatch) == 65
    assert "mend: " in capsys.readouterr().err


def test_without_a_table_nothing_goes(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    brought = {"old/pushed.ogg": SongFile(5, 1000)}
    assert tell(box, "note", PushOffer(songs=brought).text().encode(), monkeypatch) == 0
    (box / "releases" / "1" / "songs.sqlite").write_bytes(b"half")
    assert tell(box, "clear", b"old/pushed.ogg\0", monkeypatch) == 65
    assert (box / "music" / "old" / "pushed.ogg").exists()
