import argparse
import json
import signal
import subprocess
import sys
from pathlib import Path

import mutagen
import numpy as np
import pytest
import soundfile

from device.emotion.vectors import octant_of
from device.errors import ModelError
from device.recommendation.song_table import read_song_table
from tests.waiting import PATIENCE_SECONDS, wait_until
from tools.commands import analyse
from tools.errors import AudioError
from tools.music_emotion.model.musicnn_va import backbone_of
from tools.song_library import analysis
from tools.song_library.cache import Cache

MODEL = Path(__file__).parents[3] / "models" / "music_emotion"
RATE = 16_000
TAKE_ALL = ("--least-seconds", "0")
"""The songs of these tests are short."""


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """Two songs of noise, one of them quiet and low."""
    root = tmp_path / "music"
    root.mkdir()
    noise = np.random.default_rng(1).normal(0, 0.3, 8 * RATE)
    soundfile.write(root / "loud.flac", noise, RATE)
    soundfile.write(root / "soft.ogg", 0.05 * np.sin(np.arange(8 * RATE) / 12), RATE)
    return root


def arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    analyse.add_arguments(parser)
    return parser.parse_args([*TAKE_ALL, *words])


def test_a_table_is_written_with_the_shipped_model(
    music: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "out" / "songs.sqlite"
    assert analyse.run(arguments(str(music), "--table", str(table), "--model", str(MODEL))) == 0
    found = read_song_table(table)
    assert found.header.music_model == json.loads((MODEL / "card.json").read_text(encoding="utf-8"))["version"]
    loud, soft = found.songs
    assert loud.arousal > soft.arousal
    assert "2 songs in " in capsys.readouterr().out
    assert analyse.run(arguments(str(music), "--table", str(table), "--model", str(MODEL), "--k", "2")) == 0
    assert "0 listened to, 2 recalled, 0 skipped" in capsys.readouterr().out
    assert read_song_table(table).header.k == 2


def test_moods_are_written_into_the_files_on_request_and_nothing_is_listened_to_again(
    music: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = (str(music), "--table", str(tmp_path / "songs.sqlite"), "--model", str(MODEL))
    assert analyse.run(arguments(*words)) == 0
    assert mutagen.File(music / "loud.flac").get("MOOD") is None
    assert analyse.run(arguments(*words, "--write-tags")) == 0
    assert "moods written: 2 files" in capsys.readouterr().out
    (mood,) = mutagen.File(music / "loud.flac")["MOOD"]
    loud = read_song_table(tmp_path / "songs.sqlite").songs[0]
    assert mood == octant_of(loud.valence, loud.arousal)
    assert analyse.run(arguments(*words)) == 0
    assert "0 listened to, 2 recalled, 0 skipped" in capsys.readouterr().out


def test_a_passed_over_file_is_told_and_changes_the_exit_code(
    music: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (music / "broken [1].mp3").write_bytes(b"words, renamed")
    table = tmp_path / "songs.sqlite"
    assert analyse.run(arguments(str(music), "--table", str(table), "--model", str(MODEL))) == analyse.SOME_SKIPPED
    assert len(read_song_table(table).songs) == 2
    assert "broken [1].mp3" in (tmp_path / "songs.sqlite.skipped.csv").read_text(encoding="utf-8")
    assert "broken [1].mp3" in capsys.readouterr().out


def test_patience_is_what_the_analysis_has_unless_it_is_named(
    music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[float] = []

    def asked(*_: object, patience: float, **__: object) -> None:
        given.append(patience)
        raise KeyboardInterrupt

    monkeypatch.setattr(analysis, "analyse", asked)
    words = (str(music), "--table", str(tmp_path / "songs.sqlite"), "--model", str(MODEL))
    for more in ((), ("--patience", "1500")):
        with pytest.raises(KeyboardInterrupt):
            analyse.run(arguments(*words, *more))
    assert given == [analysis.PATIENCE_SECONDS, 1500]


def test_strict_makes_it_a_failure_that_leaves_the_table_alone(
    music: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (music / "broken.mp3").write_bytes(b"words, renamed")
    table = tmp_path / "songs.sqlite"
    words = [str(music), "--table", str(table), "--model", str(MODEL), "--strict"]
    assert analyse.run(arguments(*words)) == analyse.STRICT_FAILED
    assert not table.exists()
    assert "broken.mp3" in (tmp_path / "songs.sqlite.skipped.csv").read_text(encoding="utf-8")
    assert "not written, since files were skipped" in capsys.readouterr().out
    (music / "broken.mp3").unlink()
    assert analyse.run(arguments(*words)) == 0
    assert not (tmp_path / "songs.sqlite.skipped.csv").exists()


def test_copies_and_ignored_files_are_listed_and_no_failure(
    music: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (music / "loud again.flac").write_bytes((music / "loud.flac").read_bytes())
    (music / "talk.flac").write_bytes((music / "loud.flac").read_bytes())
    (music / ".mienignore").write_text("talk.*\n", encoding="utf-8")
    table = tmp_path / "songs.sqlite"
    assert analyse.run(arguments(str(music), "--table", str(table), "--model", str(MODEL), "--strict")) == 0
    assert [song.path for song in read_song_table(table).songs] == ["loud.flac", "soft.ogg"]
    told = capsys.readouterr().out
    assert "1 ignored" in told
    assert "1 file holds the same sound" in told
    rows = (tmp_path / "songs.sqlite.skipped.csv").read_text(encoding="utf-8").splitlines()
    assert [row.partition(",")[0] for row in rows] == ["path", "loud again.flac", "talk.flac"]


def test_sound_effects_are_left_out_and_no_failure_and_need_no_listening_when_they_are_wanted(
    music: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    soundfile.write(music / "song.flac", np.random.default_rng(3).normal(0, 0.3, round(29.6 * RATE)), RATE)
    table = tmp_path / "songs.sqlite"
    words = [str(music), "--table", str(table), "--model", str(MODEL), "--strict", "--least-seconds"]
    usual = argparse.ArgumentParser()
    analyse.add_arguments(usual)
    assert analyse.run(usual.parse_args(words[:-1])) == 0  # 30 s
    assert [song.path for song in read_song_table(table).songs] == ["song.flac"]
    rows = (tmp_path / "songs.sqlite.skipped.csv").read_text(encoding="utf-8").splitlines()
    assert rows[1:] == ["loud.flac,shorter than 30 s", "soft.ogg,shorter than 30 s"]
    told = capsys.readouterr().out
    assert "1 song in" in told
    assert "(1 listened to, 0 recalled, 0 skipped, 2 too short)" in told
    assert "2 files are too short to be songs" in told
    assert "To the model no song here sounds" in told
    assert analyse.run(arguments(*words, "0")) == 0
    assert "3 songs in" in (told := capsys.readouterr().out)
    assert "(0 listened to, 3 recalled, 0 skipped)" in told
    with pytest.raises(AudioError, match="its 3 files are all shorter than 99 s") as caught:
        analyse.run(arguments(*words, "99"))
    assert "--least-seconds 0" in caught.value.mend
    assert len(read_song_table(table).songs) == 3


def test_a_song_without_its_end_is_taken_and_noted_each_time(
    music: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = (music / "loud.flac").read_bytes()
    (music / "half.flac").write_bytes(content[: len(content) // 2])
    table, notes = tmp_path / "songs.sqlite", tmp_path / "songs.sqlite.notes.csv"
    words = (str(music), "--table", str(table), "--model", str(MODEL))
    for _ in range(2):
        assert analyse.run(arguments(*words)) == 0
        assert len(read_song_table(table).songs) == 3
        assert "1 song lacks its end" in capsys.readouterr().out
        assert notes.read_text(encoding="utf-8").splitlines()[1:] == ["half.flac,cut off: 4 s of its 8 s are there"]
    assert analyse.run(arguments(*words, "--least-seconds", "5")) == 0
    assert not notes.exists()
    assert 'half.flac,"shorter than 5 s, and cut off"' in Path(f"{table}.skipped.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -9)])
def test_an_analysis_that_is_stopped_keeps_what_it_heard(music: Path, tmp_path: Path, number: int, code: int) -> None:
    random = np.random.default_rng(2)
    for name in range(40):
        soundfile.write(music / f"{name:02}.flac", random.normal(0, 0.3, 30 * RATE), RATE)
    table = tmp_path / "songs.sqlite"
    words = ["-m", "tools", "analyse", str(music), "--table", str(table), "--model", str(MODEL), "--workers", "1"]
    stopped = subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with stopped:
        log = tmp_path / "songs.sqlite.cache-wal"

        def a_song_was_heard() -> bool:
            assert stopped.poll() is None, "it ended before it was stopped"
            return log.exists() and backbone_of(MODEL).encode() in log.read_bytes()

        wait_until(a_song_was_heard, "the first song that was heard")
        stopped.send_signal(number)
        told, complaint = stopped.communicate(timeout=PATIENCE_SECONDS)
    assert (stopped.returncode, complaint) == (code, "")
    assert ("the next run goes on there" in told) == (number != signal.SIGKILL)
    assert not table.exists()
    with Cache(tmp_path / "songs.sqlite.cache", tell=pytest.fail) as cache:
        found = [cache.file(path.name) for path in music.iterdir()]
        kept = [cache.holds(file.content_hash, backbone_of(MODEL)) for file in found if file]
    assert len(kept) == 42  # all were looked at
    assert 0 < sum(kept) < 42


def test_tensorflow_is_never_loaded(music: Path, tmp_path: Path) -> None:
    words = ["analyse", str(music), "--table", str(tmp_path / "t.sqlite"), "--model", str(MODEL), *TAKE_ALL]
    script = (
        f"import sys\nfrom tools.__main__ import main\ncode = main({words!r})\n"
        "print(sorted({'tensorflow', 'keras', 'librosa'} & {name.partition('.')[0] for name in sys.modules}))\n"
        "sys.exit(code)"
    )
    finished = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=120)
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.splitlines()[-1] == "[]"


def test_a_missing_model_is_named_before_anything_is_written(music: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"card\.json"):
        analyse.run(arguments(str(music), "--table", str(tmp_path / "t.sqlite"), "--model", str(tmp_path)))
    assert not (tmp_path / "t.sqlite").exists()


@pytest.mark.parametrize("k", ["0", "-1", "nan", "inf", "two"])
def test_a_k_without_sense_is_refused(k: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments("music", "--table", "t", f"--k={k}")
    assert "--k" in capsys.readouterr().err
