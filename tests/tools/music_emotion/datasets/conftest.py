import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

RATE = 22_050


def deltas(ticks: int) -> bytes:
    """A time in a MIDI file: seven bits a byte, the last without the eighth."""
    return bytes([0x80 | ticks >> 7, ticks & 0x7F])


@pytest.fixture(scope="session")
def midi_of() -> Callable[..., bytes]:
    """The bytes of a MIDI file that holds one key of a piano for about a second, 960 ticks long."""

    def write(*, key: int = 69, velocity: int = 100) -> bytes:
        on, off = bytes([0x90, key, velocity]), bytes([0x80, key, 0])
        track = b"\x00" + on + deltas(960) + off + b"\x00\xff\x2f\x00"
        header = b"MThd" + (6).to_bytes(4) + (0).to_bytes(2) + (1).to_bytes(2) + (480).to_bytes(2)
        return header + b"MTrk" + len(track).to_bytes(4) + track

    return write


@pytest.fixture
def soundfont(tmp_path: Path) -> Path:
    path = tmp_path / "toy.sf2"
    path.touch()
    return path


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Put a script in fluidsynth's place; it writes a line into the file that is returned each time it is run."""

    def place(script: str) -> Path:
        runs, program = tmp_path / "runs", tmp_path / "bin" / "fluidsynth"
        runs.touch()
        program.parent.mkdir(exist_ok=True)
        program.write_text(f'#!/bin/sh\necho run >> "{runs}"\n{script}\n')
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
        return runs

    return place


@pytest.fixture
def playing(tmp_path: Path, stand_in: Callable[[str], Path]) -> Callable[..., Path]:
    """Put something in fluidsynth's place that plays the same sound whatever it is given."""

    def play(*, seconds: float = 0.1, level: float = 0.5) -> Path:
        sound = np.full((round(seconds * RATE), 2), level, dtype=np.float32)
        (tmp_path / "sound.raw").write_bytes(sound.tobytes())
        return stand_in(f'cat "{tmp_path / "sound.raw"}"')

    return play


@pytest.fixture(scope="session")
def write_tone() -> Callable[..., None]:
    """Write half a second of a tone, packed as the file's suffix says."""

    def write(path: Path, *, hertz: float = 440.0) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        seconds = np.arange(RATE // 2) / RATE
        soundfile.write(path, 0.5 * np.sin(2 * np.pi * hertz * seconds), RATE)

    return write


@pytest.fixture
def write_deam(tmp_path: Path, write_tone: Callable[..., None]) -> Callable[..., Path]:
    """Write a folder in DEAM's layout: songs 2, 3 and 10 in the first table, 2001 and 2058 in the second."""

    def write(
        *,
        annotations: str = "annotations/annotations averaged per song/song_level",
        audio: str = "DEAM_audio/MEMD_audio",
        sounds: tuple[str, ...] = ("2.mp3", "3.mp3", "10.mp3", "2001.mp3", "2058.mp3"),
        rows: tuple[str, ...] = ("2,3.1,0.94,3,0.63", "3,9,1.75,1,0", "10,5,0,5,1"),
    ) -> Path:
        folder = tmp_path / "DEAM"
        tables = folder / annotations
        tables.mkdir(parents=True)
        first = ["song_id, valence_mean, valence_std, arousal_mean, arousal_std", *rows]
        (tables / "static_annotations_averaged_songs_1_2000.csv").write_bytes("\r\n".join([*first, ""]).encode())
        (tables / "static_annotations_averaged_songs_2000_2058.csv").write_text(
            "song_id, valence_mean, valence_std, valence_ max_mean, valence_max_std, valence_min_mean, "
            "valence_min_std, arousal_mean, arousal_std, arousal_max_mean, arousal_max_std, arousal_min_mean, "
            "arousal_min_std\n"
            "2001,3.2,0.98,5.0,1.41,2.2,0.98,6.6,0.8,8.6,0.49,3.4,1.02\n"
            "2058,6.4,0.49,8.2,0.98,5.0,1.1,5.2,1.17,7.4,1.36,2.2,1.17\n"
        )
        for name in sounds:
            write_tone(folder / audio / name)
        return folder

    return write


@pytest.fixture
def write_clips(tmp_path: Path) -> Callable[..., Path]:
    """Write a folder of clips: its table, and for every name a file that holds just that name."""

    def write(rows: list[str], *, header: str = "song_id,genre,valence,arousal", files: str, name: str = "own") -> Path:
        folder = tmp_path / name
        (folder / "audio").mkdir(parents=True)
        (folder / "annotations.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")
        for file in files.split():
            (folder / "audio" / file).write_text(file)
        return folder

    return write


@pytest.fixture(scope="session")
def music_data() -> Path:
    """The folder of the real sets."""
    data = os.environ.get("MIEN_DATA")
    if not data:
        pytest.skip("MIEN_DATA does not name the folder with the research data")
    return Path(data) / "music"
