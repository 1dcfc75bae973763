"""Making a release out of its parts."""

import json
from pathlib import Path

import pytest

from device.emotion import FACE_LABELS, SONG_LABELS
from device.errors import ReleaseError, SongTableError
from device.release import verify
from device.song_table import Header, Song, write_song_table
from tools.releases.packing import pack_release

VECTOR = (0.0, 0.0, 0.0, 100.0, 0.0, 0.0, 0.0, 0.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for part in ("face_emotion", "music_emotion"):
        (tmp_path / part).mkdir()
        (tmp_path / part / "card.json").write_text(json.dumps({"version": f"{part}-1"}))
        (tmp_path / part / "model.tflite").write_bytes(part.encode())
    (tmp_path / "demo_library").mkdir()
    (tmp_path / "demo_library" / "song.ogg").write_bytes(b"music travels by itself")
    write_table(tmp_path, "music_emotion-1")
    return tmp_path


def write_table(folder: Path, music_model: str) -> None:
    song = Song(1, "song.ogg", "Song", "", "", 20.0, "", 0.8, 0.3, VECTOR)
    write_song_table(folder / "songs.sqlite", Header(1, 0.3, 0.3, music_model), [song])


def test_a_packed_release_verifies_and_describes_its_parts(folder: Path) -> None:
    packed = pack_release(folder, "2026.11.1")
    assert verify(folder) == packed
    assert set(packed.files) == {
        "face_emotion/card.json",
        "face_emotion/model.tflite",
        "music_emotion/card.json",
        "music_emotion/model.tflite",
        "songs.sqlite",
    }
    assert packed.versions["face_emotion"] == "face_emotion-1"
    assert packed.labels == {"face": FACE_LABELS, "song": SONG_LABELS}


def test_a_table_of_another_music_model_is_refused(folder: Path) -> None:
    write_table(folder, "music_emotion-0")
    with pytest.raises(ReleaseError, match="music_emotion-0"):
        pack_release(folder, "2026.11.1")
    assert not (folder / "manifest.json").exists()


def test_a_missing_part_is_named(folder: Path) -> None:
    (folder / "face_emotion" / "card.json").unlink()
    with pytest.raises(ReleaseError, match=r"face_emotion/card\.json"):
        pack_release(folder, "2026.11.1")
    (folder / "songs.sqlite").unlink()
    (folder / "face_emotion" / "card.json").write_text('{"version": "1"}')
    with pytest.raises(SongTableError, match=r"songs\.sqlite"):
        pack_release(folder, "2026.11.1")
