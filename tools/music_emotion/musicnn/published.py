"""The published musicnn network: reads its weights, and runs its own stored graph as the measure of parity.

The package musicnn 0.1.0 (ISC licence, Pons and Serra 2019) carries TensorFlow 1 checkpoints. Nothing of its code
runs here. This module needs tensorflow.
"""

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError  # type: ignore[import-untyped] # protobuf ships no types
from numpy.typing import NDArray
from tensorflow.core.protobuf import meta_graph_pb2

from tools.errors import DatasetError
from tools.music_emotion.musicnn.folding import Weights

_MEND = (
    "unpack the PyPI package musicnn 0.1.0 and name its folder; in mien's own: "
    "pip install --no-deps --require-hashes --target FOLDER -r requirements-musicnn.txt"
)
_PATCHES, _IS_TRAINING = "model/Placeholder:0", "model/Placeholder_2:0"
_PREFIX, _RESTORE = "save/Const:0", "save/restore_all"
_OUTPUTS = ("model/moments/Squeeze", "model/batch_normalization_10/batchnorm/add_1", "model/Sigmoid")


@dataclass(frozen=True, slots=True)
class OriginalOutputs:
    """What the published network says about n patches.

    ``mean_pool`` ``(n, 753)``: each feature map's mean over the patch; ``penultimate`` ``(n, 200)``: the last hidden
    layer, after its batch normalisation; ``tags`` ``(n, 50)``: the probability of each of its fifty tags.
    """

    mean_pool: NDArray[np.float32]
    penultimate: NDArray[np.float32]
    tags: NDArray[np.float32]


def read_weights(package: Path, name: str) -> Weights:
    """Read every variable of a checkpoint (``MSD_musicnn`` or ``MTT_musicnn``) but the optimiser's.

    :param package: the folder that holds the unpacked package, or the package's own folder.
    :raises DatasetError: if there is no readable checkpoint.
    """
    prefix = _checkpoint_prefix(package, name)
    try:
        reader = tf.compat.v1.train.NewCheckpointReader(prefix)
        names = [key for key in reader.get_variable_to_shape_map() if "Adam" not in key]
        return {key: np.asarray(reader.get_tensor(key)) for key in names}
    except (ValueError, tf.errors.OpError) as error:
        what = f"{prefix}: the checkpoint cannot be read ({error})"
        raise DatasetError(what, mend=_MEND) from error


class OriginalNetwork:
    """The published graph itself, in inference mode. Use it as a context manager."""

    def __init__(self, package: Path, name: str) -> None:
        """Load the graph without its training part, and its weights.

        :raises DatasetError: if there is no readable checkpoint.
        """
        prefix = _checkpoint_prefix(package, name)
        try:
            stored = meta_graph_pb2.MetaGraphDef.FromString(Path(f"{prefix}.meta").read_bytes())
            needed = tf.compat.v1.graph_util.extract_sub_graph(stored.graph_def, [*_OUTPUTS, _RESTORE])
            graph = tf.Graph()
            with graph.as_default():
                tf.import_graph_def(needed, name="")
            self._session = tf.compat.v1.Session(graph=graph)
            self._session.run(_RESTORE, {_PREFIX: prefix})
        except (DecodeError, OSError, ValueError, AssertionError, tf.errors.OpError) as error:
            what = f"{prefix}: the checkpoint cannot be read ({error})"
            raise DatasetError(what, mend=_MEND) from error

    def run(self, patches: NDArray[np.float32], *, batch: int = 8) -> OriginalOutputs:
        """Run log-mel patches ``(n, 187, 96)``."""
        fetches = [f"{name}:0" for name in _OUTPUTS]
        parts = [
            self._session.run(fetches, {_PATCHES: patches[start : start + batch], _IS_TRAINING: False})
            for start in range(0, len(patches), batch)
        ]
        mean_pool, penultimate, tags = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        return OriginalOutputs(mean_pool[..., 0], penultimate, tags)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the session."""
        self._session.close()


def _checkpoint_prefix(package: Path, name: str) -> str:
    """Return the prefix of a checkpoint's files, which are called ``.index``, ``.meta`` and so on."""
    for folder in (package / "musicnn" / name, package / name):
        if (folder / ".index").is_file():
            return f"{folder}/"
    what = f"{package}: it holds no checkpoint {name}"
    raise DatasetError(what, mend=_MEND)
