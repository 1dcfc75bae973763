"""How long is it silent between two songs of an evening? Measured in what libvlc writes into a wav file.

    python tests/benchmarks/joins.py [--songs 6] [--kinds flac mp3 ogg wav aiff]

Songs of noise, every second one with 2 s of silence at both ends, the others with .5 to 3 s at the end and .05 s or
less at the beginning (drawn), are played back to back by the player of a box, each as soon as the last one told its
end, as the main loop does. A thread notes when the wav file grew. A song's values are heard from the moment when the
first of them was written, at the pace of the recording; the gap lies between the last audible value of one song and the
first of the next. Beside it: the same without what the analysis measured of the silence. ``not heard`` is the most that
any song's noise was shorter in the recording than in its file.
"""

import argparse
import struct
import tempfile
import threading
import time
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import soundfile

from device.player.levels import Measured
from device.player.player import PlaybackEnd
from device.player.vlc_player import VLCPlayer

RATE = 44_100
HEADER_BYTES = 44
LOUD = 0.001
"""-60 dB of full scale: what lies below is silence."""
LOOK_SECONDS = 0.002


@dataclass
class Recording:
    """One wav file as it grows."""

    begun_at: float = 0.0
    content: bytearray = field(default_factory=bytearray)

    def audible(self) -> tuple[float, float]:
        """When the first and the last audible value were heard."""
        channels, rate = struct.unpack("<HI", self.content[22:28])
        values = np.frombuffer(bytes(self.content[HEADER_BYTES:]), dtype="<i2", count=(len(self.content) - 44) // 2)
        loud = np.flatnonzero(np.abs(values) > LOUD * 2**15) // channels
        return self.begun_at + loud[0] / rate, self.begun_at + loud[-1] / rate


class Ear:
    """Reads the wav file while it is written; every song begins a new one."""

    def __init__(self, path: Path) -> None:
        """Begin to listen."""
        self.path, self.recordings, self._is_over = path, list[Recording](), False
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def end(self) -> list[Recording]:
        """Return what was heard."""
        self._is_over = True
        self._thread.join()
        return self.recordings

    def _listen(self) -> None:
        file, inode = None, 0
        while not self._is_over:
            try:
                if self.path.stat().st_ino != inode:
                    self._read(file)
                    file = self.path.open("rb")
                    inode = self.path.stat().st_ino
                    self.recordings.append(Recording())
            except FileNotFoundError:
                pass
            self._read(file)
            time.sleep(LOOK_SECONDS)

    def _read(self, file: "object | None") -> None:
        if file is None:
            return
        more = file.read()  # type: ignore[attr-defined]
        recording = self.recordings[-1]
        if more and len(recording.content) <= HEADER_BYTES < len(recording.content) + len(more):
            recording.begun_at = time.monotonic()
        recording.content += more


def write_songs(folder: Path, kind: str, count: int) -> list[tuple[Path, float, Measured]]:
    """Write songs of 4 to 7 s; return each with its length and what is known of its silence."""
    random, songs = np.random.default_rng(1), []
    for number in range(count):
        before, middle, after = random.uniform(0, 0.05), random.uniform(2.5, 4), random.uniform(0.5, 3)
        if number % 2:
            before = after = 2.0
        noise = random.uniform(-0.3, 0.3, round(middle * RATE))
        sound = np.concatenate([np.zeros(round(before * RATE)), noise, np.zeros(round(after * RATE))])
        path = folder / f"{number}.{kind}"
        soundfile.write(path, sound, RATE)
        songs.append((path, len(sound) / RATE, Measured(None, before, before + middle)))
    return songs


def gaps_of(
    songs: list[tuple[Path, float, Measured]], folder: Path, *, measured: bool
) -> tuple[list[float], list[float]]:
    """Play the songs back to back; return the seconds of silence between them, and what was not heard of each."""
    recording = folder / "heard.wav"
    player = VLCPlayer(
        output="file",
        card="",
        recording=recording,
        start_volume_percent=80,
        maximum_volume_percent=80,
        fade_seconds=0.4,
        lead_in_seconds=-1,
    )
    ear, ends = Ear(recording), list[PlaybackEnd]()
    for path, seconds, known in songs:
        over = threading.Event()

        def on_end(end: PlaybackEnd, _why: str, over: threading.Event = over) -> None:
            ends.append(end)
            over.set()

        plain = Measured()
        player.play(path, seconds=seconds, measured=known if measured else plain, on_start=lambda: None, on_end=on_end)
        over.wait(60)
    time.sleep(0.2)
    player.close()
    heard = [one.audible() for one in ear.end()]
    if ends != [PlaybackEnd.FINISHED] * len(songs):
        print(f"  ended otherwise: {ends}")
    lost = [
        (known.audible_until or 0) - (known.audible_from or 0) - (last - first)
        for (_, _, known), (first, last) in zip(songs, heard, strict=True)
    ]
    return [first - last for (_, last), (first, _) in pairwise(heard)], lost


def main() -> None:
    """Print the gaps of every kind of file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--songs", type=int, default=6)
    parser.add_argument("--kinds", nargs="+", default=["flac", "mp3", "ogg", "wav", "aiff"])
    arguments = parser.parse_args()
    for kind in arguments.kinds:
        for measured in (True, False):
            with tempfile.TemporaryDirectory() as name:
                songs = write_songs(Path(name), kind, arguments.songs)
                gaps, lost = gaps_of(songs, Path(name), measured=measured)
            told = ", ".join(f"{gap:.3f}" for gap in gaps)
            way = "by the analysis" if measured else "as recorded"
            print(f"{kind:5} {way:16} median {np.median(gaps):.3f} s: {told}; not heard: {max(lost):.3f} s at most")


if __name__ == "__main__":
    main()
