"""Whether a camera may have come or gone, by what its device files say: no camera is opened for it."""

import os
from collections.abc import Hashable
from pathlib import Path

DEVICES = Path("/dev")

_OF_CAMERAS = ("video", "media", "v4l-subdev")


def signs_of_devices(devices: Path = DEVICES) -> Hashable:
    """Return what changes when any camera comes or goes: the names of such device files, None if none can be listed.

    :param devices: the folder of the machine's devices.
    """
    try:
        return frozenset(name for name in os.listdir(devices) if name.startswith(_OF_CAMERAS))  # noqa: PTH208 - names
    except OSError:
        return None


def signs_of_file(path: Path) -> Hashable:
    """Return what changes when the one device or recording that is read comes or goes; None while it is away."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_ino, facts.st_size, facts.st_ctime_ns
