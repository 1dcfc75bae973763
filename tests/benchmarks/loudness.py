"""How loud songs are as they are heard, before and after levelling, and how well the analysis measures it.

    python tests/benchmarks/loudness.py --music FOLDER [--songs 40] [--recorded 0] [--target -18]

Songs of a minute and more are drawn from the folder. Each is listened to as an analysis does, and measured whole by
FFmpeg's ebur128 on top. ``measure`` is how far the two are apart; ``heard`` is the whole song's loudness as the file
has it, and with the gain that the player gives by what the analysis measured, at the default maximum volume; beside it
with the gain that would be given without knowing of the volume. The spread is what the middle 95 % of songs lie within.
``clips`` counts the songs whose highest true peak, in the whole of them, a gain lifts above full scale even at that
volume.

With ``--recorded``, so many of them are also played by the box's own player into wav files, whole and in real time, one
process each at the same time, and these are measured: what is heard must be what was reckoned.
"""

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
SHORTEST_SECONDS = 60.0


@dataclass(frozen=True)
class Measured:
    """One song: by the analysis, and whole."""

    path: Path
    seconds: float
    quick: float
    whole: float
    whole_peak: float
    gain: float
    gain_without_volume: float
    softened: float
    cpu: float


def whole_loudness(path: Path) -> tuple[float, float]:
    """Return loudness and peak of all of a file."""
    from tools.audio.decode import decode
    from tools.audio.loudness import loudness_meter

    with loudness_meter() as meter:
        for _ in decode(path, sample_rate=16_000, watch=meter.hear):
            pass
        found = meter.result()
    return (found.integrated, found.true_peak) if found else (float("nan"), float("nan"))


def measure(path: Path, target: float) -> Measured | None:
    """Measure a song both ways; None if it is too short, or not to be measured."""
    from device.player.levels import attenuation_db, gain_db
    from device.player.song_file import refuse_playlist
    from device.player.vlc_player import _CLIPS_BEFORE_THE_VOLUME
    from device.settings.sections import SoundSettings
    from tools.audio.stated_loudness import believed
    from tools.errors import AudioError
    from tools.music_emotion.model.model_input import excerpts_of
    from tools.music_emotion.model.musicnn_va import HEARING

    started = time.process_time()
    try:
        heard = excerpts_of(path, HEARING)
    except AudioError:
        return None
    cpu = time.process_time() - started
    loudness = believed(path, heard.loudness)
    if heard.seconds < SHORTEST_SECONDS or loudness is None:
        return None
    clips_before = refuse_playlist(path) in _CLIPS_BEFORE_THE_VOLUME
    softened = 0.0 if clips_before else attenuation_db(SoundSettings().maximum_volume_percent)
    gain, without = (gain_db(loudness, target=target, attenuation_db=softer) for softer in (softened, 0.0))
    return Measured(path, heard.seconds, loudness.integrated, *whole_loudness(path), gain, without, softened, cpu)


def spread(values: list[float]) -> str:
    """Describe where the values lie."""
    low, middle, high = np.quantile(values, [0.025, 0.5, 0.975])
    return f"{high - low:5.1f} LU for 95 % (median {middle:.1f}, from {min(values):.1f} to {max(values):.1f} LUFS)"


def play(path: Path, recording: Path, gain: float) -> None:
    """Be the process that plays one song into a file, with a gain."""
    from device.player.levels import Loudness, Measured
    from device.player.vlc_player import VLCPlayer

    target = -18.0
    player = VLCPlayer(
        output="file",
        card="",
        recording=recording,
        start_volume_percent=60,
        maximum_volume_percent=80,
        fade_seconds=0.4,
        lead_in_seconds=-1,
        loudness_target=target,
    )
    ended = threading.Event()
    player.play(
        path, measured=Measured(Loudness(target - gain, -60.0)), on_start=lambda: None, on_end=lambda *_: ended.set()
    )
    ended.wait()
    player.close()


def record(songs: list[Measured]) -> None:
    """Play songs, and print what was heard beside what was reckoned."""
    with tempfile.TemporaryDirectory() as folder:
        running = []
        for number, song in enumerate(songs):
            recording = Path(folder) / f"{number}.wav"
            words = ["--play", song.path, "--recording", recording, f"--gain={song.gain}"]
            running.append((song, recording, subprocess.Popen([sys.executable, __file__, *map(str, words)], cwd=ROOT)))
        heard, off = [], []
        for song, recording, process in running:
            process.wait()
            heard.append(whole_loudness(recording)[0])
            off.append(abs(heard[-1] - song.whole - song.gain))
        print(f"recorded {len(songs)}: heard", spread(heard))
        print(f"off what was reckoned by {max(off):.2f} LU at most")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--music", type=Path)
    parser.add_argument("--songs", type=int, default=40)
    parser.add_argument("--recorded", type=int, default=0)
    parser.add_argument("--target", type=float, default=-18.0)
    parser.add_argument("--play", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--recording", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--gain", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.play:
        play(options.play, options.recording, options.gain)
        return
    from tools.song_library.scan import scan

    music = options.music.resolve()
    files = [music / path for path in scan(music).paths]
    order = np.random.default_rng(0).permutation(len(files))
    songs = list[Measured]()
    for number in order:  # drawn with the same seed every time
        if len(songs) == options.songs:
            break
        found = measure(files[number], options.target)
        songs += [found] if found and np.isfinite(found.whole) else []
    errors = np.abs([song.quick - song.whole for song in songs])
    print(f"{len(songs)} songs of {min(song.seconds for song in songs):.0f} s and more")
    within = f"95 % within {np.quantile(errors, 0.95):.2f}, all within {errors.max():.2f}"
    print(f"measure: within .5 LU {np.mean(errors <= 0.5):.1%}, {within}")
    print("before: heard", spread([song.whole for song in songs]))
    print("without the volume:", spread([song.whole + song.gain_without_volume for song in songs]))
    print("after:  heard", spread([song.whole + song.gain for song in songs]))
    for song in sorted(songs, key=lambda song: abs(song.whole + song.gain - options.target))[-4:]:
        heard = f"heard {song.whole + song.gain:.1f}, is {song.whole:.1f}, taken for {song.quick:.1f} LUFS"
        print(f"  furthest: {song.path.name} {heard}")
    clipping = [song for song in songs if song.gain > 0 and song.whole_peak + song.gain - song.softened > 0.05]
    print(f"clips: {len(clipping)} of {sum(song.gain > 0 for song in songs)} that are made louder")
    print(f"CPU: {np.median([song.cpu for song in songs]):.2f} s a song, without hash, tags and network")
    if options.recorded:
        shortest = sorted(songs, key=lambda song: song.seconds)[: options.recorded]
        record(shortest)


if __name__ == "__main__":
    main()
