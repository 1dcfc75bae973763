import argparse
from pathlib import Path

import mutagen
import numpy as np
import pytest
import soundfile

from device.recommendation.song_table import Header, Song, write_song_table
from tools.audio.audio_hash import content_hash
from tools.commands import write_tags
from tools.errors import DatasetError

CALM = (0.0, 0.0, 0.0, 0.0, 0.0, 100.0, 0.0, 0.0)


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """Two songs of noise, and their table ``songs.sqlite`` beside the folder."""
    root = tmp_path / "music"
    root.mkdir()
    songs = []
    for number, name in enumerate(("a.flac", "b [1].ogg"), start=1):
        soundfile.write(root / name, np.random.default_rng(number).normal(0, 0.1, 9000), 16_000)
        songs.append(Song(number, name, "t", "", "", 1.0, content_hash(root / name), 0.1, -0.5, CALM))
    write_song_table(tmp_path / "songs.sqlite", Header(1, 0.3, 0.3, "model-1"), songs)
    return root


def run(music: Path, *words: str) -> int:
    parser = argparse.ArgumentParser()
    write_tags.add_arguments(parser)
    return write_tags.run(parser.parse_args([str(music.parent / "songs.sqlite"), "--music", str(music), *words]))


def test_moods_are_written_and_counted(music: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(music, "--dry-run") == 0
    assert "moods would be written: 2 files; already there: 0; not: 0" in capsys.readouterr().out
    assert mutagen.File(music / "a.flac").get("MOOD") is None
    assert run(music) == 0
    assert "moods written: 2 files; already there: 0; not: 0" in capsys.readouterr().out
    assert mutagen.File(music / "b [1].ogg")["MOOD"] == ["calm"]
    assert run(music) == 0
    assert "moods written: 0 files; already there: 2; not: 0" in capsys.readouterr().out


def test_what_could_not_be_written_is_told_and_changes_the_exit_code(
    music: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (music / "b [1].ogg").unlink()
    assert run(music) == write_tags.SOME_SKIPPED
    heard = capsys.readouterr().out
    assert "moods written: 1 files; already there: 0; not: 1" in heard
    assert "b [1].ogg: cannot be read or written (No such file or directory)" in heard


def test_a_folder_that_is_not_there_is_refused(music: Path) -> None:
    music.rename(music.parent / "moved")
    with pytest.raises(DatasetError, match="no such folder"):
        run(music)
