"""Evaluates a face model as the box runs it: one int8 interpreter, one crop at a time."""

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from device.emotion.classifier import EmotionClassifier
from device.emotion.labels import FACE_LABELS
from tools.face_emotion.datasets.examples import FaceExamples
from tools.face_emotion.evaluation.calibration import reliability
from tools.face_emotion.evaluation.metrics import measure, only_labels_of, over_all_labels
from tools.face_emotion.evaluation.reliability_plot import draw_reliability
from tools.plots.confusion import draw_counts


def evaluate(
    classifier: EmotionClassifier, examples: FaceExamples, console: Console, *, among_present: bool = False
) -> dict[str, Any]:
    """Classify every crop and measure.

    :param among_present: choose only among the labels that the examples hold.
    :returns: what :func:`tools.face_emotion.evaluation.metrics.measure` gives, with ``majority``, the same of the
        examples with more than half of the votes on one label (None where no votes are known), ``calibration``, and
        ``latency``, the milliseconds of one crop (median and 95th percentile) on this machine.
    :raises ValueError: if there are no examples.
    """
    said = np.zeros((len(examples), len(classifier.labels)), dtype=np.float32)
    seconds = np.zeros(len(examples))
    for row, crop in enumerate(track(examples.crops, "classifying", console=console)):
        began = time.perf_counter()
        said[row] = classifier.classify(crop)
        seconds[row] = time.perf_counter() - began
    probabilities = over_all_labels(said, np.array([FACE_LABELS.index(label) for label in classifier.labels]))
    if among_present:
        probabilities = only_labels_of(examples.labels, probabilities)
    chosen = probabilities.argmax(axis=1)
    majority = examples.majority()
    median, slow = np.percentile(seconds * 1000, [50, 95])
    return {
        **measure(examples.labels, chosen),
        "majority": None
        if majority is None or not majority.any()
        else measure(examples.labels[majority], chosen[majority]),
        "calibration": reliability(probabilities, examples.labels),
        "latency": {"median_ms": round(float(median), 3), "percentile_95_ms": round(float(slow), 3)},
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
    """Print the figures with their 95 % intervals, the trivial answer beside them."""
    _print_measured(figures, f"{figures['examples']} examples", console)
    if figures["majority"]:
        held = figures["majority"]["examples"]
        _print_measured(
            figures["majority"], f"{held} of them with more than half of the votes on one label (majority)", console
        )
    latency = figures["latency"]
    console.print(
        f"expected calibration error {figures['calibration']['expected_calibration_error']:.3f}; one crop takes "
        f"{latency['median_ms']:.2f} ms (median), {latency['percentile_95_ms']:.2f} ms (95th percentile) here",
        soft_wrap=True,
    )


def _print_measured(measured: Mapping[str, Any], title: str, console: Console) -> None:
    """Print accuracy and macro F1 beside the trivial answer's, and the figures of each label."""
    baseline = measured["majority_baseline"]
    overall = Table("", "accuracy", "95 %", "macro F1", title=title, title_justify="left")
    overall.add_row(
        "model",
        f"{measured['accuracy']:.3f}",
        _interval(measured["accuracy_interval"]),
        f"{measured['macro_f1']:.3f}",
    )
    overall.add_row(f"always {baseline['label']}", f"{baseline['accuracy']:.3f}", "", f"{baseline['macro_f1']:.3f}")
    console.print(overall)
    labels = Table("label", "precision", "recall", "95 %", "F1", "examples")
    for label, scores in measured["by_class"].items():
        precision, recall, f1 = (f"{scores[name]:.3f}" for name in ("precision", "recall", "f1"))
        labels.add_row(label, precision, recall, _interval(scores["recall_interval"]), f1, str(scores["support"]))
    console.print(labels)


def _interval(edges: Sequence[float] | None) -> str:
    return "–" if edges is None else f"{edges[0]:.3f}–{edges[1]:.3f}"
