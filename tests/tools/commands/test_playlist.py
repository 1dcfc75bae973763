import argparse
import subprocess
import sys
from pathlib import Path

import pytest

from device.recommendation.song_table import Header, Song, write_song_table
from tests.waiting import PATIENCE_SECONDS
from tools.commands import playlist
from tools.errors import PlaylistError

REPOSITORY = Path(__file__).parents[3]
CALM, HAPPY = (0, 0, 0, 0, 0, 100.0, 0, 0), (0, 0, 0, 100.0, 0, 0, 0, 0)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Nine calm songs of four minutes and a happy one."""
    songs = [Song(n, f"日/{n}.mp3", f"T{n}", "Ana", "", 240.0, f"{n:064x}", 0.1, -0.5, CALM) for n in range(1, 10)]
    songs.append(Song(10, "happy.mp3", "T10", "", "", 240.0, f"{10:064x}", 0.5, 0.1, HAPPY))
    path = tmp_path / "songs.sqlite"
    write_song_table(path, Header(1, 0.3, 0.3, "model-1"), songs)
    return path


def arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    playlist.add_arguments(parser)
    return parser.parse_args(words)


def test_the_list_goes_out_in_utf8_whatever_the_terminal_speaks(table: Path) -> None:
    command = [sys.executable, "-m", "tools", "playlist", str(table), "--emotion", "calm", "--minutes", "13"]
    finished = subprocess.run(
        command,
        cwd=REPOSITORY,
        capture_output=True,
        check=False,
        timeout=PATIENCE_SECONDS,
        env={"PYTHONIOENCODING": "latin-1"},
    )
    assert finished.returncode == 0, finished.stderr
    lines = finished.stdout.decode("utf-8").split("\n")
    assert lines[:3] == ["#EXTM3U", "#EXTINF:240,Ana - T1", "日/1.mp3"]
    assert len(lines) == 1 + 2 * 3 + 1
    assert b"3 songs, 12.0 minutes" in finished.stderr


def test_a_mood_that_the_library_lacks_is_told(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words, told in ((("--emotion", "surprise"), True), (("--emotion", "happiness"), False)):
        assert playlist.run(arguments(str(table), *words, "--minutes", "4", "--shuffle", "1")) == 0
        heard = capsys.readouterr()
        assert "happy.mp3" in heard.out
        assert ("the best similarity is 0.12, a poor match" in heard.err) == told


def test_a_place_and_a_seed_are_understood(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = (str(table), "--valence", "0.1", "--arousal", "-.6", "--minutes", "24")
    assert playlist.run(arguments(*words)) == 0
    plain = capsys.readouterr().out
    assert playlist.run(arguments(*words, "--shuffle", "3")) == 0
    shuffled = capsys.readouterr().out
    assert plain != shuffled
    assert sorted(plain.splitlines()) == sorted(shuffled.splitlines())
    assert "日/1.mp3" in plain


def test_with_the_music_folder_only_what_is_there_comes_with_its_absolute_path(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "日").mkdir()
    (tmp_path / "日" / "2.mp3").touch()
    words = (str(table), "--emotion", "calm", "--minutes", "45", "--music", str(tmp_path))
    assert playlist.run(arguments(*words)) == 0
    heard = capsys.readouterr()
    assert heard.out == f"#EXTM3U\n#EXTINF:240,Ana - T2\n{tmp_path}/日/2.mp3\n"
    assert "9 left out: their files are missing" in heard.err


def test_half_a_place_is_refused(table: Path) -> None:
    with pytest.raises(PlaylistError, match="--arousal"):
        playlist.run(arguments(str(table), "--valence", "0.1", "--minutes", "5"))
    with pytest.raises(PlaylistError, match="--arousal"):
        playlist.run(arguments(str(table), "--emotion", "calm", "--arousal", "0.1", "--minutes", "5"))


@pytest.mark.parametrize(
    "words",
    [
        ("--minutes", "5"),
        ("--emotion", "calm"),
        ("--emotion", "calm", "--minutes", "0"),
        ("--emotion", "calm", "--valence", "0", "--minutes", "5"),
        ("--valence", "1.5", "--arousal", "0", "--minutes", "5"),
        ("--valence", "nan", "--arousal", "0", "--minutes", "5"),
    ],
)
def test_options_without_sense_are_refused(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments("songs.sqlite", *words)
    assert "error" in capsys.readouterr().err
