"""How long is it from a press to the player's command to play the next song? With libraries of 100 and 10,000 songs.

    python tests/benchmarks/next_song.py [--songs 100 10000] [--presses 60] [--tree FOLDER]

The box's own main loop runs in a thread, with simulated parts, and a table of songs drawn over the plane. A song plays,
and the button is pushed and let go; measured is the time from then to the call of the player, and how much of it the
choice of the song took. ``--tree`` names another checkout, whose code is measured in turn with this in the same run.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

ROUNDS = 3
HERE = Path(__file__).parents[2]


def write_library(folder: Path, count: int) -> None:
    """Write a release with so many songs."""
    import numpy as np

    from device.emotion.labels import FACE_LABELS
    from device.emotion.vectors import song_vectors
    from device.recommendation.song_table import Header, Song, write_song_table
    from device.releases.manifest import SONG_TABLE, Manifest, describe_file, write_manifest

    places = np.random.default_rng(0).uniform(-0.8, 0.8, (2, count))
    vectors = song_vectors(*places, sigma_valence=0.25, sigma_arousal=0.25)
    songs = [
        Song(
            row + 1,
            f"{row}.ogg",
            f"{row}",
            f"{row % 50}",
            "",
            200.0,
            "",
            *map(float, places[:, row]),
            tuple(map(float, vectors[row])),
        )
        for row in range(count)
    ]
    write_song_table(folder / SONG_TABLE, Header(1, 0.25, 0.25, "test"), songs)
    files = {SONG_TABLE: describe_file(folder / SONG_TABLE)}
    write_manifest(folder, Manifest("test", "2026-11-23", files, {"song_table": "1"}, {"face": FACE_LABELS}))


def measure(count: int, presses: int) -> list[tuple[float, float]]:
    """Return of each press the milliseconds until the song was chosen and until it was to be played."""
    from device.session.song_choice import SongChoice
    from tests.device.simulated_box import simulated_box, write_release

    with tempfile.TemporaryDirectory() as name:
        folder, release = Path(name), Path(name) / "release"
        release.mkdir()
        write_release(release)
        write_library(release, count)
        music = folder / "music"
        music.mkdir()
        for row in range(count):
            (music / f"{row}.ogg").touch()
        with simulated_box(folder, release, clock={"driver": "system"}) as box, box.running():
            return press_often(box, presses, SongChoice)


def press_often(box: Any, presses: int, choice: Any) -> list[tuple[float, float]]:
    """Press, and note when the next song was chosen and played."""
    played, took, at = threading.Event(), [0.0], [0.0]
    play, following = box.player.play, choice.next

    def noted_play(*words: Any, **named: Any) -> None:
        at[0] = time.monotonic()
        play(*words, **named)
        played.set()

    def noted_next(*words: Any) -> Any:
        begun = time.monotonic()
        try:
            return following(*words)
        finally:
            took[0] = time.monotonic() - begun

    box.player.play, choice.next, found = noted_play, noted_next, []
    box.appliance.music.play(mood="calm")
    for _ in range(presses):
        played.wait(10)
        time.sleep(0.6)  # or it would be a double press
        played.clear()
        box.panel.down()
        time.sleep(0.1)  # as a finger does
        let_go = time.monotonic()
        box.panel.up()
        played.wait(10)
        found.append((1000 * took[0], 1000 * (at[0] - let_go)))
    return found


def main() -> None:
    """Print the milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--songs", type=int, nargs="+", default=[100, 10_000])
    parser.add_argument("--presses", type=int, default=60)
    parser.add_argument("--tree", type=Path)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        for took in measure(options.one, options.presses):
            print("took", *took)
        return
    trees = [HERE, *([options.tree.resolve()] if options.tree else [])]
    for count in options.songs:
        found: dict[Path, list[list[float]]] = {tree: [] for tree in trees}
        for _ in range(ROUNDS):
            for tree in trees:
                words = [sys.executable, __file__, "--one", str(count), "--presses", str(options.presses // ROUNDS)]
                environment = os.environ | {"PYTHONPATH": str(tree)}
                told = subprocess.run(
                    words, env=environment, cwd=tree, capture_output=True, text=True, check=True
                ).stdout
                found[tree] += [
                    [*map(float, line.split()[1:])] for line in told.splitlines() if line.startswith("took")
                ]
        for tree, times in found.items():
            choices, all_of_it = (sorted(column) for column in zip(*times, strict=True))
            print(
                f"{count:6} songs, {tree.name}: choice {statistics.median(choices):.1f} ms, press to play "
                f"{statistics.median(all_of_it):.1f} ms, 95 % {all_of_it[int(0.95 * len(all_of_it))]:.1f} ms"
            )


if __name__ == "__main__":
    main()
