"""Whether a camera may have come or gone, by the names of its device files: no camera is opened for it."""

import os
from collections.abc import Hashable
from pathlib import Path

DEVICES = Path("/dev")

_OF_CAMERAS = ("video", "media", "v4l-subdev")


def camera_signs(path: Path | None = None, devices: Path = DEVICES) -> Hashable:
    """Return what changes when a camera comes or goes.

    :param path: the one device or file that the camera is read from, if it is one.
    :param devices: the folder of the machine's devices.
    """
    if path is not None:
        try:
            facts = path.stat()
        except OSError:
            return None
        return facts.st_ino, facts.st_size, facts.st_ctime_ns
    try:
        return frozenset(name for name in os.listdir(devices) if name.startswith(_OF_CAMERAS))  # noqa: PTH208 - names
    except OSError:
        return None
