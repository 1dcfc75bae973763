"""What int8 models answer when the box's own code runs them.

tflite-runtime's interpreter fails in a process that has imported tensorflow, so that the models run in a fresh one;
this module must therefore never import tensorflow itself.
"""

import functools
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from device.files.atomic_files import unfinished
from tools.digests import digest
from tools.model_making.on_device import fresh_process, load_model
from tools.music_emotion.model.head import Floats
from tools.music_emotion.model.loading import load_music_model
from tools.music_emotion.model.model_input import excerpts_of
from tools.music_emotion.model.music_model import MusicModel
from tools.music_emotion.model.musicnn_va import HEARING, backbone_of
from tools.music_emotion.reproduction.inputs import Inputs

_BATCH = 32  # inputs that travel to the other process at once


def answers(model: Path, inputs: Inputs, rows: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return what a TFLite file says to some songs, ``(n, labels)``, in the unit that its network learnt.

    :raises ModelError: if the box could not load or run the model.
    """
    with fresh_process(model) as process:
        batches = (inputs.batch(rows[start : start + _BATCH]) for start in range(0, len(rows), _BATCH))
        return np.concatenate([process.submit(_answer, model, batch).result() for batch in batches])


def embeddings_of(model: Path, paths: Sequence[Path], cache: Path, console: Console) -> Floats:
    """Return the embeddings ``(n, n_embedding)`` that a music model makes of whole songs, as an analysis does.

    :param model: a music model's folder.
    :param cache: keeps them, so that a run that is stopped goes on with the songs that are missing.
    :raises MienError: if the model or a song cannot be used.
    """
    kept = cache / f"embeddings-{backbone_of(model)[:16]}"
    kept.mkdir(parents=True, exist_ok=True)
    with fresh_process(model) as process:
        found = process.map(partial(_recall, model, kept), paths)
        return np.array(list(track(found, "hearing with musicnn", total=len(paths), console=console)))


def _answer(path: Path, batch: NDArray[np.float32]) -> NDArray[np.float32]:
    model = load_model(path)
    return np.concatenate([model.run(example[np.newaxis]) for example in batch])


@functools.cache
def _music_model(folder: Path) -> MusicModel:
    """Load the model once for all songs of this process."""
    return load_music_model(folder)


def _recall(folder: Path, kept: Path, path: Path) -> Floats:
    """Return a song's embedding, computed if it is not kept in one piece under the hash of the song's file."""
    known = kept / f"{digest(path)}.npy"
    try:
        return np.asarray(np.load(known, allow_pickle=False), dtype=np.float64)
    except (OSError, ValueError, EOFError):  # absent, or cut short
        embedding = _music_model(folder).embed(excerpts_of(path, HEARING).audio)
        with unfinished(known, shared=True) as hidden, hidden.open("wb") as file:
            np.save(file, embedding)
        return embedding
