"""The folder of a library that is kept between runs: one each, laid out once."""

import re
from pathlib import Path

import pytest

from tools.releases.kept import Kept


def test_every_library_has_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    one, other = (Kept.of(tmp_path / name / "My Müsic").folder for name in "ab")
    assert one != other
    assert re.fullmatch(r"My-Music-[0-9a-f]{8}", one.name)
    assert one.parent == tmp_path / "mien"
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    assert Kept.of(tmp_path).folder.is_relative_to(Path.home() / ".local" / "share" / "mien")


def test_a_release_is_laid_out_once_and_a_changed_model_takes_the_others_place(tmp_path: Path) -> None:
    kept, model = Kept(tmp_path / "kept"), tmp_path / "model"
    (model / "deep").mkdir(parents=True)
    (model / "deep" / "card.json").write_text("1")
    kept.folder.mkdir()
    kept.table.write_bytes(b"songs")
    kept.lay_out({"face_emotion": model})
    laid = kept.release / "face_emotion" / "deep" / "card.json"
    before = laid.stat().st_ino
    kept.lay_out({"face_emotion": model})
    assert laid.stat().st_ino == before
    (model / "deep" / "card.json").rename(model / "card.json")
    (model / "deep").rmdir()
    kept.lay_out({"face_emotion": model})
    assert [path.name for path in (kept.release / "face_emotion").iterdir()] == ["card.json"]
    assert (kept.release / "songs.sqlite").read_bytes() == b"songs"
    assert (kept.packed_id(), kept.last_id()) == (None, None)
