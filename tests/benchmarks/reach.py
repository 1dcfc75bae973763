"""Which songs can be reached at all: the two query rules side by side, over the labels of DEAM.

    python tests/benchmarks/reach.py --deam FOLDER [--observations 20000] [--seed 0]

FOLDER holds DEAM's ``annotations`` (two csv files of averaged song ratings on 1–9). Plausible observations are drawn as
one to four emotions, neutral most often among them, with random shares of the 15 seconds. Printed for each rule: the
share of first plays by the song's own strongest label, the labels below 3 %, and the share of songs that some
observation names within its top five. Nothing here is timed.
"""

import argparse
import csv
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from device.emotion import FACE_LABELS, SONG_LABELS, song_vectors
from device.observation import OBSERVATION_SECONDS, Observation
from device.recommendation import FaceVocabulary, QueryRule, cosine_similarities, rank

NEUTRAL_SHARE = 0.5  # how often neutral is among the emotions: a resting face is what cameras see most


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


def plausible_observations(count: int, seed: int) -> list[Observation]:
    """Draw observations of one to four emotions."""
    random = np.random.default_rng(seed)
    weights = np.full(len(FACE_LABELS), (1 - NEUTRAL_SHARE) / (len(FACE_LABELS) - 1))
    weights[FACE_LABELS.index("neutral")] = NEUTRAL_SHARE
    observations = []
    for _ in range(count):
        chosen = random.choice(len(FACE_LABELS), size=random.integers(1, 5), replace=False, p=weights)
        seconds = np.zeros(len(FACE_LABELS))
        seconds[chosen] = random.dirichlet(np.ones(len(chosen))) * OBSERVATION_SECONDS * random.uniform(0.4, 0.99)
        observations.append(Observation(FACE_LABELS, tuple(seconds), OBSERVATION_SECONDS, 150, 150, 10.0))
    return observations


def report(rule: QueryRule, vectors: NDArray[np.float64], observations: list[Observation]) -> None:
    """Print what one rule reaches."""
    vocabulary, strongest = FaceVocabulary(), vectors.argmax(axis=1)
    plays: Counter[str] = Counter()
    reached: set[int] = set()
    for observation in observations:
        query = vocabulary.centre_query(observation) if rule == "centre" else vocabulary.sum_query(observation)
        order = rank(cosine_similarities(query, vectors), np.ones(len(vectors), dtype=np.bool_))[:5]
        reached.update(int(row) for row in order)
        plays[SONG_LABELS[strongest[order[0]]]] += 1
    shares = {label: plays[label] / len(observations) for label in SONG_LABELS}
    print(f"{rule:>7}: " + ", ".join(f"{label} {share:.1%}" for label, share in shares.items()))
    print(
        f"         below 3 %: {[label for label, share in shares.items() if share < 0.03] or 'none'}; "
        f"songs reached within a top five: {len(reached) / len(vectors):.1%}"
    )


def main() -> None:
    """Print both rules for k = 1, 2 and 3."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deam", type=Path, required=True)
    parser.add_argument("--observations", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    places = deam_places(arguments.deam)
    observations = plausible_observations(arguments.observations, arguments.seed)
    for k in (1, 2, 3):
        vectors = song_vectors(places[:, 0], places[:, 1], sigma_valence=places[:, 2], sigma_arousal=places[:, 3], k=k)
        constant_mean_error = np.abs(vectors - vectors.mean(axis=0)).mean()
        strongest = SONG_LABELS[int(vectors.mean(axis=0).argmax())]
        print(f"k = {k}: {len(vectors)} songs, constant-mean error {constant_mean_error:.1f}, most often {strongest}")
        report("sum", vectors, observations)
        report("centre", vectors, observations)


if __name__ == "__main__":
    main()
