"""What remains of a model's accuracy under each disturbance: faces in scenes, found and read as on the box.

Every model is shown the very same pictures, disturbed alike, so that their figures can be compared face by face.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from device.camera.camera import Luma
from device.faces.crop import resize_crop, stretch_contrast
from tools.face_emotion.evaluation.metrics import answer_over_all_labels
from tools.face_emotion.evaluation.resampling import mean_interval, measure_people, share_interval
from tools.face_emotion.examination.box_path import BoxReader
from tools.face_emotion.examination.disturbances import DISTURBANCES, Disturbance
from tools.face_emotion.examination.scenes import scene_of
from tools.face_emotion.figure_cells import fixed, interval, signed, signed_interval

AS_CUT, UNDISTURBED = "as_cut", "undisturbed"
_FIRST = {AS_CUT: "as the set cuts it, not searched", UNDISTURBED: "undisturbed, found and framed by the box"}


@dataclass(frozen=True, slots=True)
class Faces:
    """What is measured with: ``pictures``, cut faces of any size, each ``(height, width)``, 0–255, and their labels."""

    pictures: Sequence[Luma]
    truth: NDArray[np.int64]
    people: NDArray[np.str_] | None
    """``(n,)``, who is seen; None where that is not known."""


class _Answers:
    """What several models say to one condition: ``found`` ``(n,)``, and labels ``(n,)`` by model, −1 where unread."""

    def __init__(self, models: Sequence[str], examples: int) -> None:
        self.found = np.zeros(examples, dtype=np.bool_)
        self.labels = {model: np.full(examples, -1, dtype=np.int64) for model in models}

    def note(self, row: int, said: Mapping[str, NDArray[np.float32]] | None) -> None:
        if said is not None:
            self.found[row] = True
            for model, shares in said.items():
                self.labels[model][row] = int(shares.argmax())


def measure_disturbed(
    faces: Faces,
    reader: BoxReader,
    console: Console,
    *,
    seed: int,
    disturbances: Sequence[Disturbance] = DISTURBANCES,
) -> list[dict[str, Any]]:
    """Measure the models of a reader under every condition, the undisturbed ones first.

    :param seed: of all that is left to chance in a disturbance.
    :returns: for each condition ``key``, ``title``, ``stand_in``; ``found``, the share of the faces found in the
        undisturbed scene that are found here, with its interval; ``examples``, how many were read; and by ``models``
        ``accuracy`` and ``macro_recall`` of those read, with intervals, and ``change`` of the accuracy against the
        undisturbed scene over the faces found in both, with its interval. With two models also ``difference``: the
        first's accuracy less the second's on the same faces, with its interval.
    :raises ValueError: if there are no pictures.
    """
    titles = {**_FIRST, **{each.key: each.title for each in disturbances}}
    answers = {key: _Answers(list(reader.classifiers), len(faces.pictures)) for key in titles}
    for row, picture in enumerate(track(faces.pictures, "reading disturbed scenes", console=console, transient=True)):
        answers[AS_CUT].note(row, _read_as_cut(picture, reader))
        scene = scene_of(picture)
        face = reader.find(scene)
        if face is None:
            continue
        answers[UNDISTURBED].note(row, reader.read(scene))
        for each in disturbances:
            answers[each.key].note(row, reader.read(each.apply(scene, face, seed=seed, row=row)))
    stand_ins = {each.key for each in disturbances if each.stand_in}
    return [
        {
            "key": key,
            "title": title,
            "stand_in": key in stand_ins,
            **_figures(answers[key], answers[UNDISTURBED], faces, whole=key in _FIRST),
        }
        for key, title in titles.items()
    ]


def _read_as_cut(picture: Luma, reader: BoxReader) -> dict[str, NDArray[np.float32]]:
    said = {}
    for name, classifier in reader.classifiers.items():
        crop = stretch_contrast(resize_crop(picture, classifier.crop_size))
        said[name] = answer_over_all_labels(classifier.classify(crop), classifier.labels)
    return said


def _figures(answers: _Answers, plain: _Answers, faces: Faces, *, whole: bool) -> dict[str, Any]:
    """Measure one condition; ``whole``: what is found is a share of all pictures, not of those found undisturbed."""
    truth, people = faces.truth, faces.people
    among = np.ones(len(truth), dtype=np.bool_) if whole else plain.found
    read, both = answers.found, answers.found & plain.found
    figures: dict[str, Any] = {
        "found": _share(answers.found[among]),
        "found_interval": share_interval(answers.found[among].astype(np.float64), _of(people, among)),
        "examples": int(read.sum()),
        "models": {},
    }
    if not read.any():
        return figures
    for model, labels in answers.labels.items():
        measured = measure_people(truth[read], labels[read], _of(people, read))
        lost = (labels[both] == truth[both]).astype(np.float64) - (plain.labels[model][both] == truth[both])
        kept = ("accuracy", "accuracy_interval", "macro_recall", "macro_recall_interval")
        figures["models"][model] = {
            **{name: measured[name] for name in kept},
            "change": _share(lost),
            "change_interval": mean_interval(lost, _of(people, both)),
        }
    if len(answers.labels) > 1:
        first, second, *_ = ((labels[read] == truth[read]).astype(np.float64) for labels in answers.labels.values())
        figures["difference"] = _share(first - second)
        figures["difference_interval"] = mean_interval(first - second, _of(people, read))
    return figures


def print_disturbed(title: str, conditions: Sequence[Mapping[str, Any]], console: Console) -> None:
    """Print a table of what :func:`measure_disturbed` returns."""
    models = list(conditions[0]["models"])
    several = ("first less second", "95 %") if len(models) > 1 else ()
    columns = (column for model in models for column in (model, "95 %", "change"))
    table = Table("condition", "found", *columns, *several, title=title, title_justify="left")
    for condition in conditions:
        cells = [condition["title"] + (" (stand-in)" if condition["stand_in"] else ""), fixed(condition["found"])]
        for model in models:
            figures = condition["models"].get(model, {})
            cells += [fixed(figures.get("accuracy")), interval(figures.get("accuracy_interval"))]
            cells.append(signed(figures.get("change")))
        if several:
            difference, edges = condition.get("difference"), condition.get("difference_interval")
            cells += [signed(difference), signed_interval(edges)]
        table.add_row(*cells)
    console.print(table)


def _of(people: NDArray[np.str_] | None, chosen: NDArray[np.bool_]) -> NDArray[np.str_] | None:
    return None if people is None else people[chosen]


def _share(values: NDArray[Any]) -> float:
    return round(float(values.mean()), 4) if len(values) else 0.0
