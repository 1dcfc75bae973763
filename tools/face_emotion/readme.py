"""The model card for people: ``README.md``, written from ``card.json`` so that their figures cannot diverge."""

from collections.abc import Mapping
from typing import Any

Card = Mapping[str, Any]


def render(card: Card) -> str:
    """Return the README of a model with this card; the card decides every word that differs between models."""
    sections = (_head(card), _use(), _scores(card), _parity(card), _data(card), _retrain(card))
    return "\n\n".join(sections) + "\n"


def _head(card: Card) -> str:
    size, probabilities = card["input"]["shape"][1], ", ".join(card["labels"])
    return f"""\
# Face emotion model {card["version"]}

Written from `card.json` by `mien-tools train-face`; change neither by hand.

`model.tflite` ({card["model_bytes"] / 1024:.0f} KiB, full int8, batch 1) reads the expression of one face.

- Input: a {size} × {size} {card["input"]["colour"]} crop of a face, as a Haar detector frames it, scaled to [0, 1].
- Output: the probabilities of {probabilities}, in this order.
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
  not measured."""


def _scores(card: Card) -> str:
    metrics = card["metrics"]
    parts = [
        "## How good it is",
        "Measured with the int8 file, run by the box's own code. The baseline always gives the commonest label.",
        _table("FERPlus PublicTest (all eight labels allowed)", metrics["ferplus_public_test"]),
    ]
    if "ckplus_unseen_subjects" in metrics:
        parts.append(_table("CK+, people never learnt from", metrics["ckplus_unseen_subjects"]))
    else:
        parts.append("CK+ was not measured: its file does not name the people, so no split by person was possible.")
    return "\n\n".join(parts)


def _table(title: str, figures: Mapping[str, Any]) -> str:
    baseline = figures["majority_baseline"]
    lines = [
        f"### {title}",
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
    return "\n".join(lines)


def _parity(card: Card) -> str:
    parity = card["metrics"]["parity"]
    return f"""\
### Float against int8

On FERPlus PublicTest the int8 file gives the float network's label for {parity["agreement"]:.1%} of the examples;
accuracy is {parity["float_accuracy"]:.3f} in float and {parity["int8_accuracy"]:.3f} in int8."""


def _data(card: Card) -> str:
    lines = ["## Data and terms", "", card["terms"], "", "| data | file | examples used | terms | where to get it |"]
    lines.append("| --- | --- | --- | --- | --- |")
    for source in card["data"]:
        cells = (source["name"], f"`{source['file']}`", source["examples"], source["terms"], source["from"])
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    lines += ["", "No picture of either is part of this folder."]
    return "\n".join(lines)


def _retrain(card: Card) -> str:
    training = card["training"]
    settings, learnt, chose = training["settings"], training["learning"], training["validation"]
    limit = "" if training["limit"] is None else f" --limit {training['limit']}"
    command = f"mien-tools train-face --data FOLDER --out models/face_emotion --seed {card['seed']}"
    return f"""\
## Train it again

    {command} --epochs {settings["epochs"]}{limit}

`FOLDER` holds `ferplus.csv` (columns `emotion,pixels,Usage`, then the shares of the votes `p_anger … p_contempt`) and
`ckplus.csv` (`emotion,pixels,Usage,subject`), each plain or as `.csv.xz`. Kaggle's `ckextended.csv` is read in place of
`ckplus.csv`.

This one learnt from {sum(learnt.values())} examples; {sum(chose.values())} further Training rows of FERPlus chose epoch
{training["best_epoch"]} of {settings["epochs"]}. Nothing was chosen by PublicTest or by the unseen people of CK+.
Rare labels are drawn more often (a label with n examples in proportion to n ** {settings["tempering"]:g}). `card.json`
holds all settings, the loss and validation scores of every epoch, and the hashes of the files. The same seed gives the
same splits, draws and changes; threads add numbers in another order, so that the weights still differ slightly."""
