"""Evaluates a face model as the box runs it: one int8 interpreter, one crop at a time."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from device.emotion.classifier import EmotionClassifier
from device.emotion.labels import FACE_LABELS
from tools.face_emotion.datasets.examples import FaceExamples, join
from tools.face_emotion.datasets.splits import names_by
from tools.face_emotion.evaluation.calibration import reliability
from tools.face_emotion.evaluation.metrics import label_indices, only_labels_of, over_all_labels
from tools.face_emotion.evaluation.reliability_plot import draw_reliability
from tools.face_emotion.evaluation.resampling import measure_people
from tools.face_emotion.figure_cells import fixed, interval
from tools.plots.confusion import draw_counts


def evaluate(
    classifier: EmotionClassifier, sets: Mapping[str, FaceExamples], console: Console, *, among_present: bool = False
) -> dict[str, Any]:
    """Classify every crop and measure.

    :param sets: by name, at least one, with one example or more in all; a set without any is left out.
    :param among_present: choose only among the labels that the examples of all sets hold.
    :returns: what :func:`tools.face_emotion.evaluation.resampling.measure_people` gives of all examples, with
        ``majority``, the same of those with more than half of the votes on one label (None where no votes are known),
        ``calibration``, ``latency``, the milliseconds of one crop (median and 95th percentile) on this machine, and
        ``sets``: the same figures, without latency, of each set by its name, with those of its ``sources`` of pictures
        by theirs.
    :raises ValueError: if there are no examples.
    """
    sets = {name: examples for name, examples in sets.items() if len(examples)}
    everything = join(list(sets.values()))
    said = np.zeros((len(everything), len(classifier.labels)), dtype=np.float32)
    seconds = np.zeros(len(everything))
    for row, crop in enumerate(track(everything.crops, "classifying", console=console)):
        began = time.perf_counter()
        said[row] = classifier.classify(crop)
        seconds[row] = time.perf_counter() - began
    probabilities = over_all_labels(said, label_indices(classifier.labels))
    if among_present:
        probabilities = only_labels_of(everything.labels, probabilities)
    median, slow = np.percentile(seconds * 1000, [50, 95])
    ends = np.cumsum([len(examples) for examples in sets.values()])
    parts = zip(sets.items(), np.split(probabilities, ends[:-1]), strict=True)
    return {
        **_figures(everything, probabilities),
        "latency": {"median_ms": round(float(median), 3), "percentile_95_ms": round(float(slow), 3)},
        "sets": {name: _figures_of_set(examples, part) for (name, examples), part in parts},
    }


def _figures_of_set(examples: FaceExamples, said: NDArray[np.float32]) -> dict[str, Any]:
    inside = examples.by_source().items()
    sources = {name: _figures(examples.select(mask), said[mask]) for name, mask in inside}
    return {**_figures(examples, said), "sources": sources}


def _figures(examples: FaceExamples, said: NDArray[np.float32]) -> dict[str, Any]:
    chosen, people, majority = said.argmax(axis=1), names_by(examples, "subject"), examples.majority()
    few = majority is None or not majority.any()
    return {
        **measure_people(examples.labels, chosen, people),
        "majority": None
        if few
        else measure_people(examples.labels[majority], chosen[majority], None if people is None else people[majority]),
        "calibration": reliability(said, examples.labels),
    }


def write_report(figures: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write evaluation.json, confusion.png and reliability.png; return them.

    :raises PictureError: if a picture cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / name for name in ("evaluation.json", "confusion.png", "reliability.png")]
    paths[0].write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    title = f"{figures['examples']:,} examples, accuracy {figures['accuracy']:.3f}"
    draw_counts(np.array(figures["confusion"]), labels=FACE_LABELS, title=title, path=paths[1])
    draw_reliability(figures["calibration"], paths[2])
    return paths


def print_figures(figures: Mapping[str, Any], console: Console) -> None:
    """Print the figures with their 95 % intervals, the trivial answer beside them: each set's, and those of all."""
    sets = figures["sets"]
    for name, of_set in sets.items():
        _print_part(of_set, f"{name}: {of_set['examples']} examples", console)
        for source, part in of_set["sources"].items():
            _print_part(part, f"{name}, pictures from {source}: {part['examples']} examples", console)
    if len(sets) > 1:
        _print_part(figures, f"all sets: {figures['examples']} examples", console)
    latency = figures["latency"]
    console.print(
        f"expected calibration error {figures['calibration']['expected_calibration_error']:.3f}; one crop takes "
        f"{latency['median_ms']:.2f} ms (median), {latency['percentile_95_ms']:.2f} ms (95th percentile) here",
        soft_wrap=True,
    )


def _print_part(figures: Mapping[str, Any], title: str, console: Console) -> None:
    if "subjects" in figures:
        title = f"{title} of {figures['subjects']} people, drawn whole for the intervals"
    _print_measured(figures, title, console)
    if figures["majority"]:
        held = figures["majority"]["examples"]
        title = f"{held} of them with more than half of the votes on one label (majority)"
        _print_measured(figures["majority"], title, console)


def _print_measured(measured: Mapping[str, Any], title: str, console: Console) -> None:
    """Print accuracy, macro recall and macro F1 beside the trivial answer's, and the figures of each label."""
    baseline = measured["majority_baseline"]
    overall = Table("", "model", "95 %", f"always {baseline['label']}", title=title, title_justify="left")
    for name in ("accuracy", "macro_recall", "macro_f1"):
        words, edges = name.replace("_", " ").replace("f1", "F1"), measured[f"{name}_interval"]
        overall.add_row(words, fixed(measured[name]), interval(edges), fixed(baseline[name]))
    console.print(overall)
    labels = Table("label", "precision", "recall", "95 %", "F1", "examples")
    for label, scores in measured["by_class"].items():
        precision, recall, f1 = (fixed(scores[name]) for name in ("precision", "recall", "f1"))
        labels.add_row(label, precision, recall, interval(scores["recall_interval"]), f1, str(scores["support"]))
    console.print(labels)
