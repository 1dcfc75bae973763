"""Whether a camera's exposure has settled, and so whether its pictures count."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from device.camera.camera import Frame, Luma

SETTLING_SECONDS = 1.5
"""A camera's exposure counts as settled after this long, whatever its pictures do."""

STEADY_CHANGE_PER_SECOND = 0.5
"""A picture whose brightness changes by a smaller share of itself per second is settled. In clips of people who move it
is below .3 in 99 % of the frames; a camera that finds its exposure changes by 1 to 6."""

_BLACK = 4  # mean of 0–255: what a USB camera gives before its sensor has started
_PIXELS_APART = 8  # brightness needs no more than every eighth pixel of every eighth row


def flag_settled(frames: Iterable[Frame]) -> Iterator[Frame]:
    """Pass frames on, with ``settled`` true or false in each.

    A camera that says itself whether it has settled is believed. Of another, a frame is settled if its brightness (the
    exposure, where the camera tells that) changes by less than :data:`STEADY_CHANGE_PER_SECOND` until the next frame,
    and the picture is not black. Once settled is settled for good, and so is what comes :data:`SETTLING_SECONDS` after
    the first frame. To know this, frames are held back until the next one comes, as long as nothing has settled; so a
    recording of even brightness counts from its very first frame.
    """
    source = iter(frames)
    held = next(source, None)
    if held is None:
        return
    until = held.timestamp + SETTLING_SECONDS
    while not (held.settled or held.timestamp >= until):
        following = next(source, None)
        if following is None:
            yield replace(held, settled=held.settled is None)
            return
        if held.settled is None and _is_steady(held, following):
            yield replace(held, settled=True)
            held = following
            break
        yield replace(held, settled=False)
        held = following
    yield replace(held, settled=True)
    for frame in source:
        yield replace(frame, settled=True)


def brightness_of(luma: Luma) -> float:
    """Return the mean of a picture, 0–255, as far as every eighth pixel of every eighth row tells it."""
    return float(luma[::_PIXELS_APART, ::_PIXELS_APART].mean())


def _is_steady(frame: Frame, following: Frame) -> bool:
    one, other = _brightness(frame), _brightness(following)
    seconds = following.timestamp - frame.timestamp
    exposes = frame.exposure is not None
    return (exposes or one >= _BLACK) and abs(other - one) <= STEADY_CHANGE_PER_SECOND * seconds * max(one, other)


def _brightness(frame: Frame) -> float:
    if frame.exposure is not None:
        return frame.exposure
    return brightness_of(frame.luma)
