import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from device.errors import ModelError
from device.song_table import read_song_table
from tools.commands import analyse

MODEL = Path(__file__).parents[3] / "models" / "music_emotion"
RATE = 16_000


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
    return parser.parse_args(words)


def test_a_table_is_written_with_the_shipped_model(
    music: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "out" / "songs.sqlite"
    assert analyse.run(arguments(str(music), "--table", str(table), "--model", str(MODEL))) == 0
    found = read_song_table(table)
    assert found.header.music_model == json.loads((MODEL / "card.json").read_text(encoding="utf-8"))["version"]
    loud, soft = found.songs
    assert loud.arousal > soft.arousal
    assert "2 songs" in capsys.readouterr().out


def test_a_passed_over_file_is_told_and_changes_the_exit_code(
    music: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (music / "broken [1].mp3").write_bytes(b"words, renamed")
    table = tmp_path / "songs.sqlite"
    assert analyse.run(arguments(str(music), "--table", str(table), "--model", str(MODEL))) == analyse.SOME_SKIPPED
    assert len(read_song_table(table).songs) == 2
    assert "broken [1].mp3" in (tmp_path / "songs.sqlite.skipped.csv").read_text(encoding="utf-8")
    assert "broken [1].mp3" in capsys.readouterr().out


def test_tensorflow_is_never_loaded(music: Path, tmp_path: Path) -> None:
    words = ["analyse", str(music), "--table", str(tmp_path / "t.sqlite"), "--model", str(MODEL)]
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
