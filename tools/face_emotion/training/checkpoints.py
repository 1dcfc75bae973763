"""What a stopped training needs to go on: the state after the last whole epoch, and the best weights so far.

OUT/checkpoint/epoch-<n>.keras  network and optimiser after the last whole epoch, and after the best in validation
OUT/checkpoint/taught-<n>.npy   what the teachers said to the crops of a round
OUT/checkpoint/progress.json    settings and history; written last, so that a file cut short is never counted
"""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from device.files.atomic_files import sync, unfinished, write_whole
from tools.errors import TrainingError


class Checkpoints:
    """The folder ``OUT/checkpoint`` of one training with fixed settings."""

    def __init__(self, out: Path, settings: Mapping[str, Any]) -> None:
        """Use ``out/checkpoint``; ``settings`` (plain JSON values) tells this training from any other."""
        self._folder = out / "checkpoint"
        self._settings = dict(settings)

    def history(self) -> list[dict[str, float]]:
        """Return one entry for every epoch done, oldest first; none if nothing was begun.

        :raises TrainingError: if the folder holds a training with other settings, or cannot be read.
        """
        path = self._folder / "progress.json"
        if not path.exists():
            return []
        try:
            progress = json.loads(path.read_text(encoding="utf-8"))
            settings, history = progress["settings"], list(progress["history"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            what = f"{path}: cannot be read ({error!r})"
            raise TrainingError(what, mend=f"delete {self._folder} to start again") from error
        if settings != self._settings:
            changed = sorted(
                key for key in settings.keys() | self._settings if settings.get(key) != self._settings.get(key)
            )
            what = f"{self._folder}: holds a training with another {', '.join(changed)}"
            raise TrainingError(what, mend="repeat the same options, name another --out, or delete that folder")
        return history

    def last(self) -> keras.Model:
        """Load the network and its optimiser as the last whole epoch left them."""
        return self._load(len(self.history()))

    def best(self) -> keras.Model:
        """Load the network of the epoch with the best validation score so far, the later of equals."""
        return self._load(self.best_epoch())

    def best_epoch(self) -> int:
        """Return the number of that epoch, from 1."""
        return best_epoch(self.history())

    def save(self, network: keras.Model, history: list[dict[str, float]]) -> None:
        """Keep the state after an epoch, the last one of ``history``; a larger ``score`` in it is better."""
        self._folder.mkdir(parents=True, exist_ok=True)
        network.save(self._network(len(history)))
        sync(self._network(len(history)))
        progress = {"settings": self._settings, "history": history}
        write_whole(self._folder / "progress.json", json.dumps(progress, indent=1) + "\n")
        needed = {self._network(len(history)), self._network(best_epoch(history))}
        for path in set(self._folder.glob("epoch-*.keras")) - needed:
            path.unlink()

    def recall(self, name: str, make: Callable[[], NDArray[np.float32]]) -> NDArray[np.float32]:
        """Return an array that this training has made before under this name, or make it and keep it."""
        path = self._folder / f"{name}.npy"
        if path.exists():
            return np.asarray(np.load(path), dtype=np.float32)
        made = make()
        self._folder.mkdir(parents=True, exist_ok=True)
        with unfinished(path) as hidden, hidden.open("wb") as file:
            np.save(file, made)
        return made

    def clear(self) -> None:
        """Delete the folder: the training is finished."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _network(self, epoch: int) -> Path:
        return self._folder / f"epoch-{epoch}.keras"

    def _load(self, epoch: int) -> keras.Model:
        path = self._network(epoch)
        try:
            return keras.saving.load_model(path)
        except (OSError, ValueError, KeyError) as error:
            what = f"{path}: cannot be read ({error})"
            raise TrainingError(what, mend=f"delete {self._folder} to start again") from error


def best_epoch(history: Sequence[Mapping[str, float]]) -> int:
    """Return the number, from 1, of the epoch with the largest ``score``, the later of equals."""
    return max(range(1, len(history) + 1), key=lambda epoch: (history[epoch - 1]["score"], epoch))
