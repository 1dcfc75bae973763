"""The source's result as a section of the README: its network on CK+, and the model beside it."""

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]

_SPLITS = {
    "frame": "random frame, as the source split",
    "sequence": "film (no film on both sides)",
    "subject": "person (nobody on both sides)",
}
_UNSEEN, _UNSEEN_PEAKS = "ckplus_unseen_subjects", "ckplus_unseen_subjects_peaks"


def render_reproduction(card: Mapping[str, Any], reproduction: Mapping[str, Any]) -> str:
    """Return the section; the model itself is beside it where its card says how it does on people never seen."""
    rows, settings = reproduction["rows"], reproduction["settings"]
    seeds = ", ".join(str(seed) for seed in sorted({row["seed"] for row in rows}))
    lines = "\n".join(_line(label, [row for row in rows if row["split"] == split]) for split, label in _SPLITS.items())
    text = f"""\
## The source's network on CK+

The source trained a plain network (three convolutions with max-pooling, flatten, dense layers, softmax; Adam,
cross-entropy, {settings["epochs"]} epochs, batches of {settings["batch_size"]}) on frames of CK+, split at random.
Trained the same way on `{reproduction["data"][0]["file"]}` with the seeds {seeds} (a seed draws the split and the
weights), it scores, as mean (lowest–highest):

| split by | accuracy, float | accuracy, int8 | macro F1, float | macro F1, int8 | always the commonest |
| --- | --- | --- | --- | --- | --- |
{lines}

Frames of one film are near copies of each other: what a random split measures is memory. What a person who presses the
button gets is in the last line."""
    same = [row for row in rows if row["split"] == "subject" and row["seed"] == card["seed"]]
    if same and {_UNSEEN, _UNSEEN_PEAKS} <= card["metrics"].keys():
        text += "\n\n" + _beside(card["metrics"], same[0])
    return text


def _line(label: str, rows: Sequence[Row]) -> str:
    cells = [
        _spread([row[kind][score] for row in rows]) for score in ("accuracy", "macro_f1") for kind in ("float", "int8")
    ]
    return f"| {label} | {' | '.join(cells)} | {_spread([row['baseline']['accuracy'] for row in rows])} |"


def _spread(values: Sequence[float]) -> str:
    return f"{sum(values) / len(values):.3f} ({min(values):.3f}–{max(values):.3f})"


def _beside(metrics: Mapping[str, Any], row: Row) -> str:
    """Table both networks on the people whom neither has seen: a seed chooses the same ones for both."""
    every, peaks = metrics[_UNSEEN], metrics[_UNSEEN_PEAKS]
    return f"""\
The model of this folder on the same {every["subjects"]} people, both in int8:

| | all frames: accuracy | macro F1 | peak frames: accuracy | macro F1 |
| --- | --- | --- | --- | --- |
| the source's network | {_pair(row["int8"])} | {_pair(row["int8_peaks"])} |
| **this model** | {_pair(every)} | {_pair(peaks)} |

CK+ holds no neutral faces, so the source's network cannot say neutral. This model may, on all frames; on the peak
frames its answer is sought among the labels of CK+."""


def _pair(scores: Mapping[str, float]) -> str:
    return f"{scores['accuracy']:.3f} | {scores['macro_f1']:.3f}"
