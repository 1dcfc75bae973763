"""What ships under models/: a whole release, whose table really comes from its music and its model."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from device.appliance.release_trial import try_release
from device.recommendation.song import SOUND_COLUMNS
from device.recommendation.song_table import read_song_table
from device.releases.manifest import MUSIC_MODEL, SONG_TABLE, verify
from device.settings.sections import Settings

REPOSITORY = Path(__file__).parents[1]
RELEASE = REPOSITORY / "models"
LIBRARY = RELEASE / "demo_library"
MEGABYTE = 1_000_000


def test_it_verifies_and_works_on_this_machine() -> None:
    manifest = verify(RELEASE)
    described = {name for name in manifest.files if not name.endswith(".md")}
    assert described >= {"face_emotion/model.tflite", "music_emotion/model.tflite", "songs.sqlite"}
    try_release(RELEASE, Settings())


def test_the_page_about_the_models_is_no_part_of_it() -> None:
    assert (RELEASE / "README.md").is_file()
    assert "README.md" not in verify(RELEASE).files


def test_every_piece_of_the_demo_library_is_in_the_table() -> None:
    table = read_song_table(RELEASE / SONG_TABLE)
    assert sorted(song.path for song in table.songs) == sorted(path.name for path in LIBRARY.glob("*.ogg"))
    assert len(table.songs) >= 16
    card = json.loads((RELEASE / MUSIC_MODEL / "card.json").read_text(encoding="utf-8"))
    assert table.header.music_model == card["version"]


def test_the_table_is_what_the_analysis_gives(tmp_path: Path) -> None:
    pytest.importorskip("av", reason="the analysis needs the extra 'analysis'")
    table = read_song_table(RELEASE / SONG_TABLE)
    checked = table.songs[::6]
    music = tmp_path / "music"
    music.mkdir()
    for song in checked:
        shutil.copy(LIBRARY / song.path, music)
    out = tmp_path / "songs.sqlite"
    command = [sys.executable, "-m", "tools", "analyse", str(music), "--table", str(out), "--least-seconds", "0"]
    finished = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False)
    assert finished.returncode == 0, finished.stderr
    for shipped, again in zip(checked, read_song_table(out).songs, strict=True):
        assert (again.path, again.content_hash) == (shipped.path, shipped.content_hash)
        # Other processors and runtimes round the int8 network a little differently.
        assert again.valence == pytest.approx(shipped.valence, abs=0.1)
        assert again.arousal == pytest.approx(shipped.arousal, abs=0.1)
        for column in SOUND_COLUMNS:
            assert getattr(again, column) == pytest.approx(getattr(shipped, column), abs=0.1)


def test_the_checkout_stays_small() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    sizes = {name: (REPOSITORY / name).stat().st_size for name in listed.stdout.split("\0") if name}
    assert max(sizes.values()) < 5 * MEGABYTE
    assert sum(sizes.values()) < 40 * MEGABYTE
    music = sum(path.stat().st_size for path in LIBRARY.glob("*.ogg"))
    assert music < 4 * MEGABYTE
