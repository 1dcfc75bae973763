"""Where in the plane a face should be put, by its seconds or by its probabilities: three measures, one default.

    python tests/benchmarks/places.py --data FOLDER --deam FOLDER [--release models] [--sessions 40] [--processes 1]

FOLDER of ``--data`` holds the face data (ferplus.csv and ckplus.csv, plain or .xz), that of ``--deam`` DEAM's
``annotations``. The truth is the annotators' place: the votes on what was shown, by its time, times the product's own
places (``device/emotion/labels.py``).

*In time*: sessions of 15 s as in ``seconds.py``, read by the box's own code. Printed for each rule: the distance of the
place from the annotators', its difference from the seconds' way and that difference's standard error, how far the song
that is ranked first among DEAM's is less near to the annotators' query than the nearest song is (*lost*: cosine), and
the seconds that are wrong in all where the rule gives seconds. A rule is chosen by FERPlus's validation rows alone, of
which the shipped model's epoch was chosen too; PublicTest and the unseen people of CK+ are only reported. CK+ knows no
votes: there the truth is the posed label itself.

*Reach*: observations as in ``reach.py``, each look being a validation picture of its label, as the model reads it.
Printed: the share of DEAM's songs within some top five, the rarest label's share of plays, distance and loss as above.

What came of it stands in ``tests/benchmarks/README.md``.
"""

import argparse
import json
import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from labelled_clips import SECONDS, LabelledSession, Portrait, assemble, portraits, still
from numpy.typing import NDArray
from reach import deam_places
from seconds import plain_cascade, plain_faces, read_box

from device.emotion.labels import FACE_LABELS, FACE_PLACES, NEUTRAL
from device.emotion.tflite_emotion_classifier import TFLiteEmotionClassifier
from device.emotion.vectors import song_vectors
from device.faces.crop import stretch_contrast
from device.observation.observation import Observation, Reading
from device.observation.plane_place import MeanPlace, mean_place
from device.observation.smoothing import FORGETTING_SECONDS, PlainLedger, SmoothedLedger
from device.recommendation.query import EmotionQuery
from device.recommendation.ranking import cosine_similarities
from device.releases.manifest import FACE_MODEL
from device.settings.sections import ObservationSettings
from tools.face_emotion.datasets.examples import FaceExamples
from tools.face_emotion.datasets.material import gather_training_data
from tools.library_report.neighbours import nearest_rows
from tools.library_report.reach import plausible_observations

POOL = 400  # most pictures of a set that sessions are made of
PLACES = [FACE_PLACES[label] for label in FACE_LABELS]
COORDINATES = np.array([(place.valence, place.arousal) for place in PLACES])
_SMOOTHING = ObservationSettings().smoothing_seconds
_HOLD = ObservationSettings().maximum_hold_seconds
_TOP = 5

Weights = NDArray[np.float64]


@dataclass(frozen=True)
class Heard:
    """What the frames of a session said: seconds each was held ``(n,)``, and of each the probabilities ``(n, 8)``."""

    starts: Weights
    seconds: Weights
    says: Weights

    @classmethod
    def of(cls, readings: Sequence[Reading]) -> "Heard":
        """Hold every reading by the box's rules."""
        ends = [*(reading.timestamp for reading in readings[1:]), SECONDS]
        held = [
            (reading.timestamp, min(end, SECONDS, reading.timestamp + _HOLD) - reading.timestamp, reading.probabilities)
            for reading, end in zip(readings, ends, strict=True)
            if reading.probabilities is not None and reading.timestamp < SECONDS
        ]
        starts, seconds, says = zip(*held, strict=True)
        return cls(np.array(starts), np.array(seconds), np.array(says, dtype=np.float64))

    def pieces(self) -> Iterator[tuple[float, float, NDArray[np.float32]]]:
        """Yield what a ledger takes."""
        for start, length, says in zip(self.starts.tolist(), self.seconds.tolist(), self.says, strict=True):
            yield start, start + length, says.astype(np.float32)


@dataclass(frozen=True)
class Answer:
    """What a rule makes of a session: a place, and the seconds of each label if it gives any."""

    place: MeanPlace
    seconds: Weights | None = None


def by_seconds(heard: Heard, smoothing: float) -> Answer:
    """Credit each frame's likeliest label, smoothed or not, and take the mean place of the seconds."""
    ledger = SmoothedLedger(8, smoothing) if smoothing else PlainLedger(8)
    for start, end, says in heard.pieces():
        ledger.add(start, end, says)
    return Answer(mean_place(ledger.seconds, PLACES), ledger.seconds)


def by_probabilities(heard: Heard, power: float = 1.0) -> Answer:
    """Share each frame out by its probabilities, made surer of themselves by a power above 1."""
    says = heard.says**power
    expected = heard.seconds @ (says / says.sum(axis=1, keepdims=True))
    return Answer(mean_place(expected, PLACES), expected)


def between_frames(heard: Heard) -> Answer:
    """Take the same place, and as its spread only that of the frames' own places."""
    shares, places = heard.seconds / heard.seconds.sum(), heard.says @ COORDINATES
    mean = shares @ places
    sigma = np.sqrt(shares @ (places - mean) ** 2)
    return Answer(MeanPlace(*mean.tolist(), *sigma.tolist()))


def halves_of_both(heard: Heard) -> Answer:
    """Weigh half by the smoothed seconds, half by the probabilities."""
    seconds, shared = by_seconds(heard, _SMOOTHING).seconds, by_probabilities(heard).seconds
    return Answer(mean_place(np.add(seconds, shared), PLACES))


def without_misreadings(heard: Heard) -> Answer:
    """Let frames whose likeliest label is not that of the smoothed sequence say what the others of that label say."""
    labels, says = smoothed_labels(heard, _SMOOTHING), heard.says.copy()
    agree = says.argmax(axis=1) == labels
    for label in np.unique(labels):
        those = labels == label
        if (those & agree).any():
            said = np.average(heard.says[those & agree], axis=0, weights=heard.seconds[those & agree])
            says[those & ~agree] = said
    return Answer(mean_place(heard.seconds @ says, PLACES))


def smoothed_labels(heard: Heard, smoothing: float) -> NDArray[np.intp]:
    """Return the label that the box's smoothing gives to each frame, ``(n,)``; see ``SmoothedLedger``."""
    labels: list[int] = []
    worth, came_from, until = np.zeros(8), list[NDArray[np.intp]](), None
    for start, end, says in heard.pieces():
        if until is not None and start - until > FORGETTING_SECONDS:
            labels += _backwards(worth, came_from)
            worth, came_from = np.zeros(8), []
        best = int(worth.argmax())
        changing = worth < worth[best] - smoothing / 2
        came_from.append(np.where(changing, best, np.arange(8)))
        worth = np.maximum(worth, worth[best] - smoothing / 2) + (end - start) * says
        until = end
    return np.array(labels + _backwards(worth, came_from))


def _backwards(worth: Weights, came_from: Sequence[NDArray[np.intp]]) -> list[int]:
    label, path = int(worth.argmax()), []
    for step in reversed(came_from):
        path.append(label)
        label = int(step[label])
    return path[::-1]


RULES: Mapping[str, Callable[[Heard], Answer]] = {
    "seconds, smoothed": partial(by_seconds, smoothing=_SMOOTHING),
    "seconds, arg-max of each frame": partial(by_seconds, smoothing=0),
    "probabilities": by_probabilities,
    "probabilities, spread of frames": between_frames,
    "probabilities, squared": partial(by_probabilities, power=2.0),
    "probabilities, no misreadings": without_misreadings,
    "half seconds, half probabilities": halves_of_both,
    "always neutral": lambda _: Answer(mean_place([label == NEUTRAL for label in FACE_LABELS], PLACES)),
}
_NEEDS_TIME = {"seconds, smoothed", "probabilities, no misreadings", "half seconds, half probabilities"}


@dataclass(frozen=True)
class Songs:
    """DEAM's, by which a place is judged."""

    vectors: NDArray[np.float64]

    def top(self, place: MeanPlace) -> NDArray[np.intp]:
        """Return the rows of the nearest songs, the nearest first."""
        return nearest_rows(_query(place), self.vectors, most=_TOP)

    def lost(self, place: MeanPlace, truth: MeanPlace) -> float:
        """Return how much less near than the best the song is that a place finds, by the query of the truth."""
        similarities = cosine_similarities(_query(truth), self.vectors)
        return float(similarities.max() - similarities[self.top(place)[0]])


def _query(place: MeanPlace) -> NDArray[np.float64]:
    return EmotionQuery().of(Observation(("neutral",), (1.0,), SECONDS, 1, 1, 1.0, place=place))


def distance(place: MeanPlace, truth: MeanPlace) -> float:
    """Return the distance of two means."""
    return float(np.hypot(place.valence - truth.valence, place.arousal - truth.arousal))


def annotators_place(session: LabelledSession) -> MeanPlace:
    """Return where the annotators put what a session shows."""
    votes = [(span.end - span.start) * np.array(span.look.votes) for span in session.spans if span.look]
    return mean_place(np.sum(votes, axis=0), PLACES)


def report(title: str, sessions: Sequence[LabelledSession], heard: Sequence[Heard], songs: Songs) -> None:
    """Print one set's table."""
    print(f"\n{title}: {len(sessions)} sessions")
    truths = [annotators_place(session) for session in sessions]
    base = np.zeros(len(sessions))
    for name, rule in RULES.items():
        answers = [rule(one) for one in heard]
        distances = np.array([distance(answer.place, truth) for answer, truth in zip(answers, truths, strict=True)])
        lost = [songs.lost(answer.place, truth) for answer, truth in zip(answers, truths, strict=True)]
        wrong = [
            float(np.abs(answer.seconds - session.true_seconds).sum())
            for answer, session in zip(answers, sessions, strict=True)
            if answer.seconds is not None
        ]
        base = base if base.any() else distances
        change = distances - base
        told = f"{np.mean(wrong):5.2f} s" if wrong else "      –"
        error = change.std() / np.sqrt(len(change))
        print(f"{name:<33} {distances.mean():.3f} ({change.mean():+.3f} ± {error:.3f})  {np.mean(lost):.3f}  {told}")


def report_reach(examples: FaceExamples, model: Path, songs: Songs, count: int) -> None:
    """Print what is within reach when every look is a picture as the model reads it."""
    classifier, random = TFLiteEmotionClassifier(model), np.random.default_rng(1)
    says = np.array([classifier.classify(stretch_contrast(crop)) for crop in examples.crops], dtype=np.float64)
    pictures = [np.flatnonzero(examples.labels == label) for label in range(8)]
    own = songs.vectors.argmax(axis=1)
    rules = {name: rule for name, rule in RULES.items() if name not in _NEEDS_TIME}
    named = {name: np.zeros(len(own), dtype=np.bool_) for name in rules}
    plays = {name: np.zeros(8) for name in rules}
    distances, lost = (dict.fromkeys(rules, 0.0) for _ in range(2))
    for observation in plausible_observations(count):
        chosen = [int(random.choice(rows)) for rows in pictures]
        seconds = np.array(observation.seconds)
        heard = Heard(np.arange(8.0), seconds, says[chosen])
        truth = mean_place(seconds @ examples.votes[chosen], PLACES)
        for name, rule in rules.items():
            place = rule(heard).place
            top = songs.top(place)
            named[name][top] = True
            plays[name][own[top[0]]] += 1 / count
            distances[name] += distance(place, truth) / count
            lost[name] += songs.lost(place, truth) / count
    print(f"\nreach: {count} observations   within, rarest label, distance, lost")
    for name in rules:
        share, rarest = named[name].mean(), plays[name].min()
        print(f"{name:<33} {share:6.1%} {rarest:6.1%}  {distances[name]:.3f}  {lost[name]:.3f}")


def looks_of(examples: FaceExamples) -> list[Portrait]:
    """Draw at most :data:`POOL` looks, and keep those whose face is found at rest."""
    looks = portraits(examples)
    if len(looks) > POOL:
        looks = [looks[place] for place in np.random.default_rng(7).permutation(len(looks))[:POOL]]
    cascade = plain_cascade()
    return [look for look in looks if plain_faces(cascade, still(look))]


def heard_of(session: LabelledSession, model: Path) -> Heard:
    """Read one session by the box's own code, every frame of it."""
    cv2.setNumThreads(1)
    return Heard.of(read_box(session.frames(), model))


def main() -> None:
    """Read sessions of every set and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--deam", type=Path, required=True)
    parser.add_argument("--release", type=Path, default=Path("models"))
    parser.add_argument("--sessions", type=int, default=40)
    parser.add_argument("--observations", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=1)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    model = arguments.release / FACE_MODEL
    card = json.loads((model / "card.json").read_text(encoding="utf-8"))
    material = gather_training_data([arguments.data], seed=card["training"]["split_seed"])
    places = deam_places(arguments.deam)
    songs = Songs(song_vectors(places[:, 0], places[:, 1], sigma_valence=places[:, 2], sigma_arousal=places[:, 3]))
    report_reach(material.validation, model, songs, arguments.observations)
    sets = {"FERPlus validation rows, to choose by": material.validation}
    sets |= {f"{test.title}, only reported": test.examples for test in material.tests.values()}
    for title, examples in sets.items():
        sessions = assemble(looks_of(examples), arguments.sessions, seed=3)
        with ProcessPoolExecutor(arguments.processes, mp_context=multiprocessing.get_context("spawn")) as workers:
            heard = list(workers.map(partial(heard_of, model=model), sessions))
        report(title, sessions, heard, songs)


if __name__ == "__main__":
    main()
