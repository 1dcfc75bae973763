"""Which songs can be reached at all: the two query rules side by side, over the labels of DEAM.

    python tests/benchmarks/reach.py --deam FOLDER [--observations 20000] [--seed 0]

FOLDER holds DEAM's ``annotations`` (two csv files of averaged song ratings on 1–9). Plausible observations are drawn as
one to four emotions, neutral most often among them, with random shares of the 15 seconds. Printed for each rule: the
share of first plays by the song's own strongest label, the labels below 3 %, and the share of songs that some
observation names within its top five. Nothing here is timed.
"""

import argparse
import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from device.emotion import SONG_LABELS, song_vectors
from device.observation import Observation
from device.recommendation import FaceVocabulary, QueryRule
from tools.library_report.reach import measure_reach, plausible_observations


def deam_places(folder: Path) -> NDArray[np.float64]:
    """Mean and standard deviation of valence and arousal of every song, ``(n, 4)``, on the plane's [-1, 1]."""
    rows = []
    for path in sorted((folder / "annotations").glob("**/static_annotations_averaged_songs_*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file, skipinitialspace=True):
                names = ("valence_mean", "arousal_mean", "valence_std", "arousal_std")
                rows.append([float(row[name]) for name in names])
    ratings = np.array(rows)
    return np.column_stack([(ratings[:, :2] - 5) / 5, ratings[:, 2:] / 5])


def report(rule: QueryRule, vectors: NDArray[np.float64], observations: list[Observation]) -> None:
    """Print what one rule reaches."""
    reach = measure_reach(rule, vectors, observations, lambda _done, _total: None, vocabulary=FaceVocabulary())
    plays = reach.plays_by(vectors.argmax(axis=1), len(SONG_LABELS))
    shares = dict(zip(SONG_LABELS, plays, strict=True))
    print(f"{rule:>7}: " + ", ".join(f"{label} {share:.1%}" for label, share in shares.items()))
    print(
        f"         below 3 %: {[label for label, share in shares.items() if share < 0.03] or 'none'}; "
        f"songs reached within a top five: {reach.share:.1%}"
    )


def main() -> None:
    """Print both rules for k = 1, 2 and 3."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deam", type=Path, required=True)
    parser.add_argument("--observations", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    places = deam_places(arguments.deam)
    observations = list(plausible_observations(arguments.observations, arguments.seed))
    for k in (1, 2, 3):
        vectors = song_vectors(places[:, 0], places[:, 1], sigma_valence=places[:, 2], sigma_arousal=places[:, 3], k=k)
        constant_mean_error = np.abs(vectors - vectors.mean(axis=0)).mean()
        strongest = SONG_LABELS[int(vectors.mean(axis=0).argmax())]
        print(f"k = {k}: {len(vectors)} songs, constant-mean error {constant_mean_error:.1f}, most often {strongest}")
        report("sum", vectors, observations)
        report("centre", vectors, observations)


if __name__ == "__main__":
    main()
