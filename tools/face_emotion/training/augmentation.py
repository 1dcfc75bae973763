"""Changes that a face survives: what a Haar box, a lamp or a cheap camera does to a crop from one frame to the next.

Every batch is transformed at once inside the graph, so that augmenting costs a few per cent of a training step.
"""

from dataclasses import dataclass, replace
from typing import Any

import tensorflow as tf

from device.faces.crop import CROP_SIZE

_DIMMED_SHARE = 1 / 3
_LIT_SHARE = 1 / 3
_BLURRED_SHARE = 1 / 3
_BLURS = 4  # each adds 2/3 to the variance at the most, in pixels²
_OCCLUDED_SHARE = 0.5  # of all crops; the others must show whole faces, as nearly all are that the box will see


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How far each change may go; 0 turns one off."""

    shift: float = 0.1
    """Largest move along either axis, as a share of the crop's width."""

    zoom: float = 0.25
    """Largest looser or tighter framing: 0.25 shows from 1/1.25 to 1.25 of the original width."""

    rotation_degrees: float = 15.0
    """Largest tilt to either side."""

    flip: bool = True
    """Mirror every other crop."""

    brightness: float = 0.15
    """Largest amount added to or taken from all pixels, of a range of 1."""

    contrast: float = 0.3
    """Largest stretch or squeeze around the crop's own mean."""

    gamma: float = 0.3
    """Largest bend of the greys, as an under- or overexposed camera bends them: to the power of e ** ±0.3."""

    noise: float = 0.03
    """Largest standard deviation of the noise added to single pixels, of a range of 1."""

    dimming: float = 0.8
    """Every third crop loses up to this share of its contrast to one grey, as in a dark room or against a window."""

    side_light: float = 0.6
    """Every third crop is lit from one side: up to this share brighter there, and darker at the other."""

    blur: float = 1.0
    """Every third crop is mixed with up to this share of its mean over 3 × 3 pixels, four times: a small or unsharp
    face, as by a Gaussian with σ of up to 1.6 pixels."""

    occlusion: float = 0.4
    """Every other crop gets a grey rectangle, as a hand or a fringe hides a face, up to this share of its width and
    of its height."""


NOTHING = Augmentation(
    shift=0.0,
    zoom=0.0,
    rotation_degrees=0.0,
    flip=False,
    brightness=0.0,
    contrast=0.0,
    gamma=0.0,
    noise=0.0,
    dimming=0.0,
    side_light=0.0,
    blur=0.0,
    occlusion=0.0,
)
"""Crops as they are."""


def framing_only(limits: Augmentation) -> Augmentation:
    """Return the limits that move a crop as these do, by the same amounts with equal seeds, and leave its light."""
    moves = {name: getattr(limits, name) for name in ("shift", "zoom", "rotation_degrees", "flip")}
    return replace(NOTHING, **moves)


def augment(crops: Any, seed: Any, limits: Augmentation) -> Any:  # noqa: ANN401 - tensors; tensorflow ships no types
    """Change every crop of a batch by its own random amounts.

    :param crops: float32 ``(n, 48, 48, 1)`` in [0, 1].
    :param seed: integers ``(2,)``; equal seeds give equal results.
    :returns: the same shape and range.
    """
    seeds = tf.random.experimental.stateless_split(seed, 14)
    count = tf.shape(crops)[0]
    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=crops,
        transforms=_transforms(count, seeds, limits),
        output_shape=[CROP_SIZE, CROP_SIZE],
        interpolation="BILINEAR",
        fill_mode="NEAREST",
        fill_value=0.0,
    )
    moved = _light_from_a_side(_blur(moved, seeds[12], limits.blur), seeds[13], limits.side_light)
    mean = tf.reduce_mean(moved, axis=(1, 2, 3), keepdims=True)
    contrast = 1 + limits.contrast * _uniform(count, seeds[5])[:, None, None, None]
    brightness = limits.brightness * _uniform(count, seeds[6])[:, None, None, None]
    spread = limits.noise * tf.abs(_uniform(count, seeds[7]))[:, None, None, None]
    noise = spread * tf.random.stateless_normal(tf.shape(moved), seeds[8])
    lit = tf.clip_by_value(mean + (moved - mean) * contrast + brightness, 0.0, 1.0)
    bent = lit ** tf.exp(limits.gamma * _uniform(count, seeds[9]))[:, None, None, None]
    dimmed = _dim(bent, seeds[11], limits.dimming)
    return _occlude(tf.clip_by_value(dimmed + noise, 0.0, 1.0), seeds[10], limits.occlusion)


def _dim(crops: Any, seed: Any, largest: float) -> Any:  # noqa: ANN401
    """Mix every third crop with one grey, more often a dark one than a bright one."""
    # columns: whether at all, how much, which grey
    chances = tf.random.stateless_uniform([tf.shape(crops)[0], 3], seed)
    share = largest * chances[:, 1] * tf.cast(chances[:, 0] < _DIMMED_SHARE, tf.float32)
    grey = chances[:, 2] ** 2
    return crops * (1 - share)[:, None, None, None] + (share * grey)[:, None, None, None]


def _light_from_a_side(crops: Any, seed: Any, largest: float) -> Any:  # noqa: ANN401
    """Brighten every third crop towards one side, from any direction, and darken it towards the other."""
    # columns: whether at all, how much, from where
    chances = tf.random.stateless_uniform([tf.shape(crops)[0], 3], seed)
    share = largest * chances[:, 1] * tf.cast(chances[:, 0] < _LIT_SHARE, tf.float32)
    angle = 2 * 3.141592653589793 * chances[:, 2]
    places = (tf.range(CROP_SIZE, dtype=tf.float32) + 0.5) / CROP_SIZE * 2 - 1
    across = (share * tf.cos(angle))[:, None] * places[None, :]
    down = (share * tf.sin(angle))[:, None] * places[None, :]
    return tf.clip_by_value(crops * (1 + across[:, None, :, None] + down[:, :, None, None]), 0.0, 1.0)


def _blur(crops: Any, seed: Any, largest: float) -> Any:  # noqa: ANN401
    """Mix every third crop with its own mean over the neighbouring pixels, again and again."""
    # columns: whether at all, how much
    chances = tf.random.stateless_uniform([tf.shape(crops)[0], 2], seed)
    share = (largest * chances[:, 1] * tf.cast(chances[:, 0] < _BLURRED_SHARE, tf.float32))[:, None, None, None]
    for _ in range(_BLURS):
        crops = crops * (1 - share) + tf.nn.avg_pool2d(crops, 3, 1, "SAME") * share
    return crops


def _occlude(crops: Any, seed: Any, largest: float) -> Any:  # noqa: ANN401
    """Lay a rectangle of one grey over every other crop; it may reach over the edges, where less of it shows."""
    count = tf.shape(crops)[0]
    # columns: whether at all, grey, centre across, centre down, width, height
    chances = tf.random.stateless_uniform([count, 6], seed)
    pixels = (tf.range(CROP_SIZE, dtype=tf.float32) + 0.5) / CROP_SIZE
    half = largest / 2 * chances[:, 4:] * tf.cast(chances[:, :1] < _OCCLUDED_SHARE, tf.float32)
    across = tf.abs(pixels[None, :] - chances[:, 2:3]) < half[:, 0:1]
    down = tf.abs(pixels[None, :] - chances[:, 3:4]) < half[:, 1:2]
    hidden = tf.logical_and(down[:, :, None, None], across[:, None, :, None])
    return tf.where(hidden, chances[:, 1][:, None, None, None], crops)


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
