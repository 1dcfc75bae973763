"""What correcting by a resting face gains its owner, and what it costs a person whose resting face it is not.

    python tests/benchmarks/resting.py --faces FOLDER [--model models/face_emotion] [--aside]

FOLDER is ``news-and-film`` of the research data: ``faces.tar`` and ``labels.csv``, which names the person. Of everybody
with a neutral picture and another one, a neutral picture is drawn as the resting face, and the other pictures, taken
on other days by other cameras, are read with it; ten times anew. People whose number is divisible by five are left out,
and with ``--aside`` only they are measured: what was chosen was chosen without them. The crops are the pictures as they
were cut out.

Printed, for the present model, so that a new one is fitted anew by this one command:

1. mean and, within a person, standard deviation of each log probability on neutral pictures: ``PLAIN_NEUTRAL`` and
   ``SPREAD``, to be written into ``device/observation/resting``;
2. by the parts taken and given of the difference, the change of accuracy and of mean recall over five labels (disgust,
   fear and contempt are too rare and too noisy here) with the resting face of the same person, with somebody else's,
   and for people whose resting picture is itself misread, or is neutral by more than .9;
3. for households of one to four, what the choice of the box comes to, if the person is of the household and if not.

The labels are what others saw in a photograph, not what the person meant: somebody whose face at rest looks sad is
labelled sad. So nothing taken off here can gain what it gains with posed faces, where anger was meant however little it
shows; there, with one resting picture and all of the difference, .45 became .64 with the model of 2026.11. Chosen are
the largest parts by which somebody else's resting face costs clearly less than .02 of either figure.
"""

import argparse
import csv
import tarfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from device.emotion.labels import FACE_LABELS, NEUTRAL
from device.emotion.tflite_emotion_classifier import TFLiteEmotionClassifier
from device.faces.crop import resize_crop, stretch_contrast
from device.observation.resting.choice import Household
from device.observation.resting.correction import (
    Correction,
    RestingFace,
    corrected,
    log_probabilities,
    mean_log_probabilities,
)

COUNTED = ("anger", "happiness", "neutral", "sadness", "surprise")
PARTS = ((0.2, 0.2), (0.4, 0.4), (0.6, 0.6), (1.0, 1.0), (0.4, 0.5), (0.5, 0.5), (0.2, 0.5), (0.2, 0.6))
MOST_PICTURES = 30
DRAWS = 10
FIFTH = 5
SURE = 0.9


@dataclass(frozen=True)
class Read:
    """One picture's reading ``(n_labels,)`` and its label."""

    reading: NDArray[np.float32]
    label: str


Person = list[Read]


def read_persons(folder: Path, classifier: TFLiteEmotionClassifier, *, aside: bool) -> dict[int, Person]:
    """Read everybody with a neutral picture and another one."""
    rows: dict[int, list[tuple[str, str]]] = {}
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            if row["emotion"] in FACE_LABELS and (int(row["person"]) % FIFTH == 0) == aside:
                rows.setdefault(int(row["person"]), []).append((row["file"], row["emotion"]))
    persons: dict[int, Person] = {}
    with tarfile.open(folder / "faces.tar") as archive:
        for person, pictures in sorted(rows.items()):
            if len(pictures) < 2 or NEUTRAL not in {label for _, label in pictures}:
                continue
            for name, label in pictures[:MOST_PICTURES]:
                member = archive.extractfile(name)
                data = np.frombuffer(member.read() if member else b"", np.uint8)
                grey = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
                reading = classifier.classify(stretch_contrast(resize_crop(grey, classifier.crop_size)))
                persons.setdefault(person, []).append(Read(reading, label))
    return {person: read for person, read in persons.items() if any(one.label == NEUTRAL for one in read)}


def drawn(persons: Mapping[int, Person], seed: int) -> dict[int, tuple[Read, Person]]:
    """Draw everybody's resting picture; return it with the others, where there are others."""
    random = np.random.default_rng(seed)
    pairs: dict[int, tuple[Read, Person]] = {}
    for person, read in persons.items():
        rest = random.choice([place for place, one in enumerate(read) if one.label == NEUTRAL])
        others = [one for place, one in enumerate(read) if place != rest]
        if others:
            pairs[person] = read[rest], others
    return pairs


def figures(said: Sequence[str], true: Sequence[str]) -> NDArray[np.float64]:
    """Return accuracy and the mean recall of the labels that count."""
    right, truth = np.array(said) == np.array(true), np.array(true)
    recalls = [right[truth == label].mean() for label in COUNTED if (truth == label).any()]
    return np.array([right.mean(), np.mean(recalls)])


def label_of(reading: NDArray[np.float32], labels: tuple[str, ...]) -> str:
    """Return the likeliest label."""
    return labels[int(np.argmax(reading))]


def changes(
    pairs: Mapping[int, tuple[Read, Person]],
    labels: tuple[str, ...],
    correction: Correction,
    *,
    of_another: int = 0,
    only: Collection[int] | None = None,
) -> NDArray[np.float64]:
    """Return the change of accuracy and recall by each one's resting face, or by that of a person further on."""
    people, true, before, after = list(pairs), list[str](), list[str](), list[str]()
    names = np.array(labels)
    for place, person in enumerate(people):
        if only is not None and person not in only:
            continue
        rest = pairs[people[(place + of_another) % len(people)]][0]
        shift = correction.shift(mean_log_probabilities(labels, rest.reading[np.newaxis]), labels)
        logs = log_probabilities(np.array([one.reading for one in pairs[person][1]]))
        true += [one.label for one in pairs[person][1]]
        before += names[logs.argmax(axis=1)].tolist()
        after += names[(logs - shift).argmax(axis=1)].tolist()
    return figures(after, true) - figures(before, true)


def report_model(persons: Mapping[int, Person], labels: tuple[str, ...]) -> None:
    """Print what the model says of neutral pictures."""
    neutral = [
        log_probabilities(np.array([one.reading for one in read if one.label == NEUTRAL])) for read in persons.values()
    ]
    means = np.concatenate(neutral).mean(axis=0)
    several = [logs for logs in neutral if len(logs) > 1]
    squares = sum(((logs - logs.mean(axis=0)) ** 2).sum(axis=0) for logs in several)
    spread = np.sqrt(squares / sum(len(logs) - 1 for logs in several))
    print("neutral pictures:  mean    within a person ±")
    for label, mean, deviation in zip(labels, means, spread, strict=True):
        print(f"    {label:<12} {mean:6.2f}   {deviation:5.2f}")


def report_parts(persons: Mapping[int, Person], labels: tuple[str, ...]) -> None:
    """Print the table by parts."""
    draws = [drawn(persons, seed) for seed in range(DRAWS)]
    truth = [(label_of(one.reading, labels), one.label) for _, others in draws[0].values() for one in others]
    plain = figures(*zip(*truth, strict=True))
    had = f"{len(draws[0])} people, {len(truth)} pictures"
    print(f"\n{had}; uncorrected: accuracy {plain[0]:.3f}, recall {plain[1]:.3f}")
    print("taken given   own: accuracy, recall   another's           rest misread        rest surely neutral")
    neutral = labels.index(NEUTRAL)
    for taken, given in PARTS:
        correction, rows = Correction(taken, given), []
        for seed, pairs in enumerate(draws):
            misread = {person for person, (rest, _) in pairs.items() if label_of(rest.reading, labels) != NEUTRAL}
            sure = {person for person, (rest, _) in pairs.items() if rest.reading[neutral] > SURE}
            another = changes(pairs, labels, correction, of_another=seed + 1)
            parts = [changes(pairs, labels, correction, only=only) for only in (misread, sure)]
            rows.append([changes(pairs, labels, correction), another, *parts])
        mean, error = np.mean(rows, axis=0), np.std(rows, axis=0) / np.sqrt(DRAWS)
        cells = [f"{a:+.3f} {r:+.3f} ±{e[1]:.3f}" for (a, r), e in zip(mean, error, strict=True)]
        print(f" {taken:.1f}   {given:.1f}    {'   '.join(cells)}", flush=True)


def report_households(persons: Mapping[int, Person], labels: tuple[str, ...]) -> None:
    """Print what the choice of the box comes to: every picture is all that is seen in its first seconds."""
    pairs, random = drawn(persons, 0), np.random.default_rng(0)
    means = {
        person: RestingFace(str(person), "", "", mean_log_probabilities(labels, rest.reading[np.newaxis]))
        for person, (rest, _) in pairs.items()
    }
    people = list(pairs)
    print("\nhousehold  the person is   accuracy, recall   own face taken  another's  nobody's")
    for size in (1, 2, 3, 4):
        for is_there in (True, False):
            true, before, after, whose = list[str](), list[str](), list[str](), list[str]()
            for person, (_, others) in pairs.items():
                strangers = [one for one in random.permutation(people)[: size + 1] if one != person]
                household = [person, *strangers[: size - 1]] if is_there else strangers[:size]
                faces = Household(tuple(means[one] for one in household))
                for one in others:
                    face = faces.choose(labels, [one.reading])
                    reading = one.reading if face is None else corrected(one.reading, faces.shift(face, labels))
                    whose.append("nobody" if face is None else "own" if face.name == str(person) else "another")
                    true.append(one.label)
                    before.append(label_of(one.reading, labels))
                    after.append(label_of(reading, labels))
            change = figures(after, true) - figures(before, true)
            shares = [np.mean([word == name for word in whose]) for name in ("own", "another", "nobody")]
            told = "   ".join(f"{share:9.0%}" for share in shares)
            where = "one of them" if is_there else "another"
            print(f"    {size}      {where:<15} {change[0]:+.3f} {change[1]:+.3f}    {told}", flush=True)


def main() -> None:
    """Read the faces and print the three tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=Path("models/face_emotion"))
    parser.add_argument("--aside", action="store_true", help="measure the people by whom nothing was chosen")
    given = parser.parse_args()
    cv2.setNumThreads(1)
    classifier = TFLiteEmotionClassifier(given.model)
    persons = read_persons(given.faces, classifier, aside=given.aside)
    report_model(persons, classifier.labels)
    report_parts(persons, classifier.labels)
    report_households(persons, classifier.labels)


if __name__ == "__main__":
    main()
