"""Changes that a face survives: what a Haar box, a lamp or a cheap camera does to a crop from one frame to the next.

Every batch is transformed at once inside the graph, so that augmenting costs a few per cent of a training step.
"""

from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from device.faces import CROP_SIZE


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How far each change may go; 0 turns one off."""

    shift: float = 0.08
    """Largest move along either axis, as a share of the crop's width."""

    zoom: float = 0.22
    """Largest looser or tighter framing: 0.22 shows from 1/1.22 to 1.22 of the original width."""

    rotation_degrees: float = 12.0
    """Largest tilt to either side."""

    flip: bool = True
    """Mirror every other crop."""

    brightness: float = 0.15
    """Largest amount added to or taken from all pixels, of a range of 1."""

    contrast: float = 0.3
    """Largest stretch or squeeze around the crop's own mean."""

    noise: float = 0.03
    """Largest standard deviation of the noise added to single pixels, of a range of 1."""


def augment(crops: Any, seed: Any, limits: Augmentation) -> Any:  # noqa: ANN401 - tensors; tensorflow ships no types
    """Change every crop of a batch by its own random amounts.

    :param crops: float32 ``(n, 48, 48, 1)`` in [0, 1].
    :param seed: integers ``(2,)``; equal seeds give equal results.
    :returns: the same shape and range.
    """
    seeds = tf.random.experimental.stateless_split(seed, 9)
    count = tf.shape(crops)[0]
    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=crops,
        transforms=_transforms(count, seeds, limits),
        output_shape=[CROP_SIZE, CROP_SIZE],
        interpolation="BILINEAR",
        fill_mode="REFLECT",
        fill_value=0.0,
    )
    mean = tf.reduce_mean(moved, axis=(1, 2, 3), keepdims=True)
    contrast = 1 + limits.contrast * _uniform(count, seeds[5])[:, None, None, None]
    brightness = limits.brightness * _uniform(count, seeds[6])[:, None, None, None]
    spread = limits.noise * tf.abs(_uniform(count, seeds[7]))[:, None, None, None]
    noise = spread * tf.random.stateless_normal(tf.shape(moved), seeds[8])
    return tf.clip_by_value(mean + (moved - mean) * contrast + brightness + noise, 0.0, 1.0)


def _transforms(count: Any, seeds: Any, limits: Augmentation) -> Any:  # noqa: ANN401
    """Return ``(n, 8)``: for each crop the projective map from a place in the result to one in the original."""
    angle = _uniform(count, seeds[0]) * (limits.rotation_degrees * 3.141592653589793 / 180)
    scale = tf.pow(1 + limits.zoom, _uniform(count, seeds[1]))
    mirror = tf.sign(_uniform(count, seeds[2])) if limits.flip else tf.ones([count])
    right = limits.shift * CROP_SIZE * _uniform(count, seeds[3])
    down = limits.shift * CROP_SIZE * _uniform(count, seeds[4])
    cosine, sine = scale * tf.cos(angle), scale * tf.sin(angle)
    middle = (CROP_SIZE - 1) / 2
    xx, xy, yx, yy = cosine * mirror, -sine, sine * mirror, cosine
    x_start = middle - middle * (xx + xy) + right
    y_start = middle - middle * (yx + yy) + down
    nothing = tf.zeros([count])
    return tf.stack([xx, xy, x_start, yx, yy, y_start, nothing, nothing], axis=1)


def _uniform(count: Any, seed: Any) -> Any:  # noqa: ANN401
    return tf.random.stateless_uniform([count], seed, minval=-1.0, maxval=1.0)
