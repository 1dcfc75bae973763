"""Thousands of sessions of one daemon with its real player, detector and model: what it holds early, and at the end.

    python tests/benchmarks/endurance.py --clip FILE [--yunet FILE] [--sessions 2000] [--after 200] [--every 100]

A session is a press, an observation of one second (a clip read as fast as it can be), the start chime, and a song
through libvlc to its dummy output: three of four are stopped at their first sound, one of these after a second song,
and the fourth plays to its end. That takes half a second instead of minutes, and leaves behind what a whole session
does. Printed are the anonymous memory of the daemon (``RssAnon`` of ``/proc/PID/status``: what it asked for, without
the files that it maps), its file descriptors and its threads; at last the growth. It exits with 1 above 2 %.
"""

import argparse
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from device.emotion.labels import SONG_LABELS
from device.emotion.vectors import song_vectors
from device.errors import ControlError
from device.recommendation.song_table import Header, Song, write_song_table
from device.releases.manifest import FACE_MODEL, SONG_TABLE, Manifest, describe_file, read_manifest, write_manifest
from device.status.control_socket import ControlClient

REPOSITORY = Path(__file__).parents[2]
MOST_GROWTH = 0.02
SONG_SECONDS = 0.5
SONGS = 24
PATIENCE_SECONDS = 60.0
REST_SECONDS = 0.5  # before a look, so that the last song's threads and files are gone
KINDS = 4


@dataclass(frozen=True)
class Footprint:
    """What a process holds."""

    anonymous_kib: int
    resident_kib: int
    file_descriptors: int
    threads: int

    @classmethod
    def of(cls, process: int) -> "Footprint":
        """Read it from ``/proc``."""
        lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
        status = dict(line.split(":", 1) for line in lines)
        return cls(
            anonymous_kib=int(status["RssAnon"].split()[0]),
            resident_kib=int(status["VmRSS"].split()[0]),
            file_descriptors=len(list(Path(f"/proc/{process}/fd").iterdir())),
            threads=int(status["Threads"]),
        )

    def line(self, sessions: int) -> str:
        """Say it in one line."""
        return (
            f"{sessions:6} sessions: anonymous {self.anonymous_kib / 1024:7.2f} MiB, resident "
            f"{self.resident_kib / 1024:7.2f} MiB, {self.file_descriptors} file descriptors, {self.threads} threads"
        )


class Evenings:
    """One session after the other, each back to rest."""

    def __init__(self, client: ControlClient) -> None:
        self._client = client
        self._begun = 0

    def session(self) -> None:
        """Carry one out; its kind follows from its number."""
        kind = self._begun % KINDS
        self._press()
        self._begun += 1
        self._wait_for(self._heard)
        if kind == 1:
            self._press()
        if kind:
            self._press(hold_seconds=1)
        self._wait_for(lambda status: status["state"] == "idle")

    def _heard(self, status: dict[str, Any]) -> bool:
        sounded = status["latencies"]["press_to_first_sound_seconds"] is not None
        return bool(status["observations"] == self._begun and (sounded or status["state"] == "idle"))

    def _press(self, hold_seconds: float = 0.0) -> None:
        self._client.ask({"command": "press", "hold_seconds": hold_seconds})

    def _wait_for(self, wanted: Callable[[dict[str, Any]], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            status = self._client.ask({"command": "status"})
            if wanted(status):
                return
            if status["fault"]:
                raise RuntimeError(status["fault"]["what"])
            time.sleep(0.02)
        msg = f"waited in vain; the daemon is {status['state']}"
        raise TimeoutError(msg)


def write_songs(folder: Path) -> list[Song]:
    """Write short tones all over the plane, and return their rows."""
    folder.mkdir()
    angles = 2 * np.pi * np.arange(SONGS) / SONGS
    valence, arousal = 0.6 * np.cos(angles), 0.6 * np.sin(angles)
    vectors = song_vectors(valence, arousal, sigma_valence=0.25, sigma_arousal=0.25)
    songs = []
    for number in range(SONGS):
        path, rate = folder / f"{number}.wav", 22_050
        tone = 9_000 * np.sin(2 * np.pi * (220 + 20 * number) * np.arange(round(SONG_SECONDS * rate)) / rate)
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(struct.pack(f"<{len(tone)}h", *tone.astype(int)))
        vector = tuple(float(share) for share in vectors[number])
        place = float(valence[number]), float(arousal[number])
        songs.append(Song(number + 1, path.name, f"Tone {number}", "", "", SONG_SECONDS, "", *place, vector))
    assert len(vectors[0]) == len(SONG_LABELS)
    return songs


def write_release(folder: Path, songs: list[Song]) -> None:
    """Write a release with the model that ships, and a table of these songs."""
    shutil.copytree(REPOSITORY / "models" / FACE_MODEL, folder / FACE_MODEL)
    shipped = read_manifest(REPOSITORY / "models")
    write_song_table(folder / SONG_TABLE, Header(1, 0.25, 0.25, "endurance"), songs)
    files = {name: entry for name, entry in shipped.files.items() if name.startswith(f"{FACE_MODEL}/")}
    files[SONG_TABLE] = describe_file(folder / SONG_TABLE)
    write_manifest(folder, Manifest("endurance", shipped.created, files, {"song_table": "1"}, shipped.labels))


def settings_text(work: Path, arguments: argparse.Namespace) -> str:
    """Return the settings of the box."""
    detector = 'detector = "haar"'
    if arguments.yunet:
        detector = f'detector = "yunet"\nyunet_file = "{arguments.yunet.absolute()}"'
    camera = f'driver = "recorded"\nrecording = "{arguments.clip.absolute()}"\npaced = false\nloop = true'
    return f"""[paths]
release_folder = "{work / "release"}"
music_folder = "{work / "music"}"
state_folder = "{work / "state"}"
control_socket = "{work / "control.sock"}"
[camera]
{camera}
[faces]
{detector}
[observation]
seconds = 1.0
minimum_coverage = 0.0
[programme]
after_song = "stop"
[sound]
output = "dummy"
fade_seconds = 0.0
[panel]
driver = "simulated"
power_off = false
"""


@contextmanager
def daemon(work: Path, arguments: argparse.Namespace) -> Iterator[subprocess.Popen[bytes]]:
    """Run the daemon in its own process."""
    write_release(work / "release", write_songs(work / "music"))
    settings = work / "mien.toml"
    settings.write_text(settings_text(work, arguments), encoding="utf-8")
    command = [sys.executable, "-m", "device", "run", "--config", str(settings)]
    with (work / "daemon.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=REPOSITORY)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)


def connected(socket: Path, process: subprocess.Popen[bytes]) -> ControlClient:
    """Wait for the daemon, and return a connection to it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return ControlClient(socket)
        except ControlError:
            time.sleep(0.05)
    msg = f"the daemon did not start:\n{(socket.parent / 'daemon.log').read_text()}"
    raise TimeoutError(msg)


def main() -> int:
    """Print what the daemon holds, session after session; return whether it grew."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clip", type=Path, required=True, help="a clip with a face, of a second or more")
    parser.add_argument(
        "--yunet", type=Path, metavar="FILE", help="find faces with this network instead of Haar's cascade"
    )
    parser.add_argument("--sessions", type=int, default=2000)
    parser.add_argument("--after", type=int, default=200, help="sessions after which growth is counted")
    parser.add_argument("--every", type=int, default=100, help="sessions between two lines")
    arguments = parser.parse_args()
    first = last = None
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        with daemon(work, arguments) as process, connected(work / "control.sock", process) as client:
            evenings = Evenings(client)
            for number in range(1, arguments.sessions + 1):
                evenings.session()
                if number == arguments.after or number % arguments.every == 0 or number == arguments.sessions:
                    time.sleep(REST_SECONDS)
                    last = Footprint.of(process.pid)
                    first = last if number <= arguments.after else first
                    print(last.line(number), flush=True)
    if first is None or last is None:
        return 0
    growth = last.anonymous_kib / first.anonymous_kib - 1
    print(f"anonymous memory grew by {growth:.1%} from session {arguments.after} to {arguments.sessions}")
    return int(growth > MOST_GROWTH or last.file_descriptors > first.file_descriptors or last.threads > first.threads)


if __name__ == "__main__":
    sys.exit(main())
