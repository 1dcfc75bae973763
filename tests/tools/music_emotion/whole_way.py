"""From a music model's folder to the song that plays, by the commands that an owner would type."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from device.errors import ControlError
from device.recommendation.song_table import SongTable, read_song_table
from device.status.control_socket import ask
from tests.waiting import PATIENCE_SECONDS, wait_until

SHIPPED = Path(__file__).parents[3] / "models"
RATE, SECONDS = 22_050, 7

SIMULATED = """
[camera]
driver = "simulated"
[faces]
detector = "simulated"
[emotion]
classifier = "simulated"
expression = "happiness"
[sound]
output = "simulated"
[panel]
driver = "simulated"
power_off = false
[clock]
driver = "simulated"
"""


def write_music(folder: Path) -> Path:
    """Write three songs: loud noise, a soft tone, and both."""
    folder.mkdir()
    times = np.arange(RATE * SECONDS) / RATE
    noise, tone = np.random.default_rng(0).normal(0, 0.3, len(times)), 0.05 * np.sin(2 * np.pi * 220 * times)
    for name, sound in {"noise": noise, "tone": tone, "both": noise / 4 + tone}.items():
        soundfile.write(folder / f"{name}.flac", sound, RATE)
    return folder


def tools(*words: str | Path) -> str:
    """Run a verb of ``mien-tools`` in a process of its own, and return what it printed."""
    command = [sys.executable, "-m", "tools", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def walk_to_the_song(model: Path, music: Path, folder: Path) -> tuple[SongTable, str]:
    """Analyse ``music`` with a model, pack a release, start the daemon on it and press the button.

    :returns: the song table, and what the analysis printed; the song that played is in the table.
    """
    release = folder / "release"
    release.mkdir(parents=True)
    shutil.copytree(SHIPPED / "face_emotion", release / "face_emotion")
    shutil.copytree(model, release / "music_emotion")
    short = ("--workers", "1", "--least-seconds", "0")
    printed = tools("analyse", music, "--table", release / "songs.sqlite", "--model", model, *short)
    tools("pack-release", release, "--id", "toy")
    table = read_song_table(release / "songs.sqlite")
    assert sorted(song.path for song in table.songs) == sorted(path.name for path in music.iterdir())
    ranked = _press(release, music, folder)
    assert {entry["path"] for entry in ranked} <= {path.name for path in music.iterdir()}
    return table, printed


def _press(release: Path, music: Path, folder: Path) -> Sequence[dict[str, Any]]:
    """Start a daemon whose parts are simulated, press, and return what it ranked when it plays."""
    (folder / "state").mkdir()
    paths = {
        "release_folder": release,
        "music_folder": music,
        "state_folder": folder / "state",
        "control_socket": folder / "control.sock",
    }
    lines = [f"{key} = {json.dumps(str(path))}" for key, path in paths.items()]
    settings = folder / "mien.toml"
    settings.write_text("\n".join(["[paths]", *lines, SIMULATED]), encoding="utf-8")
    command = [sys.executable, "-m", "device", "run", "--config", str(settings)]
    with (folder / "daemon.log").open("w") as log:
        daemon = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)

    def status_in(state: str) -> dict[str, Any] | None:
        assert daemon.poll() is None, (folder / "daemon.log").read_text()
        try:
            status = ask(folder / "control.sock", {"command": "status"})
        except ControlError:
            return None
        return status if status["state"] == state else None

    try:
        wait_until(lambda: status_in("idle"), "a daemon that waits for the button")
        ask(folder / "control.sock", {"command": "press", "hold_seconds": 0})
        playing = wait_until(lambda: status_in("playing"), "a song that plays")
    finally:
        daemon.terminate()
        daemon.wait(PATIENCE_SECONDS)
    ranked: Sequence[dict[str, Any]] = playing["last_recommendation"]["ranked"]
    return ranked
