"""A teacher's folder: a network too large for the box, kept in float for others to learn from.

OUT/network.keras    the network, in float32
OUT/card.json        its card, as of any model, measured in float
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from tools.errors import TrainingError
from tools.face_emotion.datasets.material import TrainingData
from tools.face_emotion.training.networks import recast

NETWORK_FILE = "network.keras"


@dataclass(frozen=True, slots=True)
class Teacher:
    """A network to learn from, and its card."""

    network: keras.Model
    card: Mapping[str, Any]

    @property
    def version(self) -> str:
        """What tells this teacher from others."""
        return str(self.card["version"])

    def summary(self) -> dict[str, Any]:
        """Say for its pupil's card what it was made with and how good it is."""
        scores = {key: figures for key, figures in self.card["metrics"].items() if "by_class" in figures}
        return {
            "version": self.version,
            "seed": self.card["seed"],
            **{key: self.card["training"][key] for key in ("settings", "features", "best_epoch")},
            "metrics": {
                key: {name: figures[name] for name in ("accuracy", "macro_f1")} for key, figures in scores.items()
            },
        }


def load_teachers(
    folders: Sequence[Path], precision: str, material: TrainingData, splits: Mapping[str, Any]
) -> list[Teacher]:
    """Read the networks that a training is to learn from.

    :param precision: in which they will multiply; see :func:`tools.face_emotion.training.networks.build`.
    :param material: the pupil's examples; a teacher that was made of others may know those that measure the pupil.
    :param splits: how they were split, in the words of the card.
    :raises TrainingError: if a folder holds no teacher, or one that was made of other data or splits.
    """
    wanted = {"data": [source.sha256 for source in material.sources], **splits}
    return [_load(folder, precision, wanted) for folder in folders]


def _load(folder: Path, precision: str, wanted: Mapping[str, Any]) -> Teacher:
    try:
        card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
        network = keras.saving.load_model(folder / NETWORK_FILE, compile=False)
        made = {**card["training"], "data": [source["sha256"] for source in card["data"]]}
        changed = [key for key, value in wanted.items() if made[key] != value]
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = f"{folder}: holds no teacher that can be read ({error})"
        raise TrainingError(what, mend="train one with mien-tools train-face --architecture teacher") from error
    if changed:
        what = f"{folder}: was made with another {', '.join(changed)}, and may know what measures its pupil"
        raise TrainingError(what, mend="train it on the same data with the same --split-seed, --split and --limit")
    return Teacher(recast(network, made["settings"]["architecture"], precision), card)
