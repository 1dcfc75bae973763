"""What an analysis costs, side by side: mien, the obvious way, and a peer, on the same music in one run.

    python tests/benchmarks/analysis.py --music FOLDER [--songs 8] [--heard 24] [--library 120] [--peers PYTHON]
        [--musicnn FOLDER] [--labelled CLIPS_VA] [--model FOLDER]

``mien`` is everything an analysis does with a song: hash, tags, decoding, log-mel, tonality and the int8 network.
``obvious`` decodes with librosa.load, makes librosa's mel and asks the published float musicnn about every patch of
3 s; ``vibenet`` is the PyPI package of that name, as it comes. PYTHON is the interpreter of a throw-away environment
with librosa and vibenet; the obvious way also needs this environment's tensorflow and the unpacked package musicnn.
What is not given is left out, and said. Each way runs in a process of its own, loads what it needs and warms up, and
then counts the CPU seconds of all its threads, song by song, scaled to four minutes of music. The songs are those
nearest to four minutes: an analysis costs much the same whatever a song's length, which scaling would turn round.

How much accuracy that costs is measured twice. ``agreement``: valence and arousal of songs of all lengths, against the
mean of every overlapping patch and its tonality. ``labelled``: R² on the clips with ratings, of the model as it ships
and of the published float networks asked about every patch, with heads fitted on the same folds.

Then the whole command runs with one worker and with two; memory is the largest sum of what its processes hold (PSS).
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FOUR_MINUTES = 240.0
SHORTEST_SECONDS, LONGEST_SECONDS = 60.0, 660.0
_SAMPLE_RATE, _N_FFT, _HOP, _N_MELS, _PATCH = 16_000, 512, 256, 96, 187


def time_mien(options: argparse.Namespace) -> Callable[[Path], Any]:
    """Hash, tags and listening, as a worker of the analysis does them."""
    from tools.music_emotion.model.musicnn_va import backbone_of
    from tools.song_library.tasks import ModelRef, identify, listen

    model_ref = ModelRef(options.model, backbone_of(options.model))

    def analyse(song: Path) -> None:
        identify(song.parent, song.name)
        listen(song.parent, model_ref, song.name)

    return analyse


def time_librosa(options: argparse.Namespace) -> Callable[[Path], Any]:
    """The first half of the obvious way; leaves its patches for the second."""
    import librosa
    import numpy as np

    def patches(song: Path) -> Any:
        sound, _ = librosa.load(song, sr=_SAMPLE_RATE, mono=True)
        mel = librosa.feature.melspectrogram(y=sound, sr=_SAMPLE_RATE, n_fft=_N_FFT, hop_length=_HOP, n_mels=_N_MELS)
        frames = np.log10(1 + 10_000 * mel).astype(np.float32).T
        return frames[: len(frames) // _PATCH * _PATCH].reshape(-1, _PATCH, _N_MELS)

    def keep(song: Path, found: Any) -> None:
        np.save(options.scratch / f"{song.stem}.npy", found)

    patches.keep = keep  # type: ignore[attr-defined]
    return patches


def time_network(options: argparse.Namespace) -> Callable[[Path], Any]:
    """The second half of the obvious way."""
    import numpy as np

    from tools.music_emotion.musicnn.published import OriginalNetwork

    network = OriginalNetwork(options.musicnn, "MSD_musicnn")
    return lambda song: network.run(np.load(options.scratch / f"{song.stem}.npy"))


def time_vibenet(_options: argparse.Namespace) -> Callable[[Path], Any]:
    """The peer, as its documentation has it."""
    import vibenet

    network = vibenet.load_model()
    return lambda song: network.predict(str(song))


WAYS = {"mien": time_mien, "librosa": time_librosa, "network": time_network, "vibenet": time_vibenet}


def time_way(options: argparse.Namespace) -> None:
    """Be the process that times one way, and print the CPU seconds of each song as JSON."""
    analyse = WAYS[options.way](options)
    keep = getattr(analyse, "keep", None)
    analyse(options.files[0])
    taken = []
    for song in options.files:
        started = time.process_time()
        found = analyse(song)
        taken.append(time.process_time() - started)
        if keep:
            keep(song, found)
    print(json.dumps(taken))


def cpu_seconds(way: str, python: Path, songs: list[Path], options: argparse.Namespace) -> list[float] | None:
    """Time a way in a process of its own; None, said, if it fails."""
    words = ["--way", way, "--scratch", options.scratch, "--model", options.model, "--musicnn", options.musicnn]
    from tools.song_library.workers import WORKER_ENVIRONMENT

    as_a_worker = WORKER_ENVIRONMENT if way == "mien" else {}
    seconds: list[float] | None = ask(way, [python, __file__, *words, "--files", *songs], **as_a_worker)
    return seconds


def ask(name: str, command: list[Any], **variables: str) -> Any:
    """Return what a command prints last, as JSON; None, said, if it fails."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"} | variables
    done = subprocess.run(list(map(str, command)), env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{name}: left out ({(done.stderr.strip().splitlines() or ['no word'])[-1]})")
        return None
    return json.loads(done.stdout.splitlines()[-1])


def compare(songs: dict[Path, float], options: argparse.Namespace) -> None:
    """Print the CPU seconds of every way for four minutes of music, and how many times those of mien."""
    files, here = list(songs), Path(sys.executable)
    found: dict[str, list[float] | None] = {"mien": cpu_seconds("mien", here, files, options)}
    if options.peers and options.musicnn.is_dir():
        heard = cpu_seconds("librosa", options.peers, files, options)
        judged = heard and cpu_seconds("network", here, files, options)
        found["obvious"] = [sum(pair) for pair in zip(heard, judged, strict=True)] if heard and judged else None
    else:
        print("obvious: left out (it needs --peers and --musicnn)")
    if options.peers:
        found["vibenet"] = cpu_seconds("vibenet", options.peers, files, options)
    scaled = {
        way: [taken * FOUR_MINUTES / seconds for taken, seconds in zip(cpu, songs.values(), strict=True)]
        for way, cpu in found.items()
        if cpu
    }
    base = statistics.median(scaled["mien"])
    for way, cpu in scaled.items():
        median = statistics.median(cpu)
        print(
            f"{way:<8} {median:6.2f} CPU s ({min(cpu):.2f} – {max(cpu):.2f}) for 4 minutes: {median / base:5.1f} × mien"
        )


def show_accuracy(songs: list[Path], options: argparse.Namespace) -> None:
    """Print what the shortcuts cost in accuracy."""
    judge = [sys.executable, ROOT / "tests" / "benchmarks" / "accuracy.py"]
    words = ["--model", options.model, "--musicnn", options.musicnn]
    places = ask("agreement", [*judge, "agreement", *words, "--files", *songs]) if len(songs) > 1 else None
    if places:
        mine_v, mine_a, every_v, every_a = zip(*places, strict=True)
        r = statistics.correlation(mine_v, every_v), statistics.correlation(mine_a, every_a)
        print(f"against every patch of {len(songs)} songs: r {r[0]:.3f} valence, {r[1]:.3f} arousal")
    if not options.labelled or not options.musicnn.is_dir():
        print("labelled: left out (it needs --labelled and --musicnn)")
        return
    for name in ("shipped", "published"):
        said = ask(name, [*judge, name, *words, "--labelled", options.labelled])
        if said:
            print(f"{name:<9} R² {said[0]:.3f} valence, {said[1]:.3f} arousal, on labelled music, held out")


def run_command(folder: Path, workers: int, options: argparse.Namespace) -> tuple[float, float]:
    """Analyse the songs from nothing; return the seconds taken and the largest memory in MB."""
    table = options.scratch / f"{workers}.sqlite"
    words = ["analyse", folder, "--table", table, "--model", options.model, "--workers", workers]
    started, most = time.monotonic(), 0.0
    command = [sys.executable, "-m", "tools", *map(str, words)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            most = max(most, sum(map(megabytes, family(process.pid))))
            time.sleep(0.1)
    return time.monotonic() - started, most


def family(pid: int) -> Iterator[int]:
    """Yield a process and all that it started."""
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    except OSError:
        return
    for child in children:
        yield from family(int(child))


def megabytes(pid: int) -> float:
    """Return a process's share of the memory that it has in use (PSS)."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def ordinary(folder: Path) -> dict[Path, float]:
    """Return the songs of ordinary length in the folder's own order, with their seconds."""
    from tools.audio.tags import read_tags
    from tools.song_library.scan import scan

    lengths = {folder / path: read_tags(folder / path).seconds or 0.0 for path in scan(folder).paths}
    return {path: seconds for path, seconds in lengths.items() if SHORTEST_SECONDS < seconds < LONGEST_SECONDS}


def spread(songs: list[Path], count: int) -> list[Path]:
    """Choose songs evenly."""
    return songs[:: max(1, len(songs) // max(1, count))][:count]


def main() -> None:
    """Print every comparison that can be made."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--music", type=Path)
    parser.add_argument("--songs", type=int, default=8, help="timed one by one")
    parser.add_argument("--heard", type=int, default=24, help="heard patch by patch, for the agreement; 0: none")
    parser.add_argument("--library", type=int, default=120, help="analysed by the whole command")
    parser.add_argument("--labelled", type=Path, help="a folder of rated clips: annotations.csv and audio/")
    parser.add_argument("--peers", type=Path, help="the python of an environment with librosa and vibenet")
    parser.add_argument("--musicnn", type=Path, default=ROOT / "build" / "musicnn")
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "music_emotion")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--files", type=Path, nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("--scratch", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        time_way(options)
        return
    lengths = ordinary(options.music.resolve())
    nearest = sorted(lengths, key=lambda path: abs(lengths[path] - FOUR_MINUTES))[: options.songs]
    songs = {path: lengths[path] for path in nearest}
    print(f"{len(songs)} songs of {min(songs.values()):.0f} to {max(songs.values()):.0f} s")
    with tempfile.TemporaryDirectory() as scratch:
        options.scratch = Path(scratch)
        compare(songs, options)
        show_accuracy(spread(list(lengths), options.heard), options)
        folder = options.scratch / "music"
        folder.mkdir()
        library = spread(list(lengths), options.library)
        print(f"the whole command, {len(library)} songs, {sum(lengths[song] for song in library) / 60:.0f} minutes")
        for number, song in enumerate(library):
            shutil.copy(song, folder / f"{number}{song.suffix}")
        times = {}
        for workers in (1, 2):
            times[workers], most = run_command(folder, workers, options)
            print(f"{workers} worker{'s'[: workers > 1]}: {times[workers]:.1f} s, at most {most:.0f} MB")
        print(f"two workers against one: {times[1] / times[2]:.2f} ×")


if __name__ == "__main__":
    main()
