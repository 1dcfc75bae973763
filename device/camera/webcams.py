"""Which USB cameras give pictures, by what the kernel and udev say of them: no camera is opened for it."""

import re
from collections.abc import Sequence
from pathlib import Path

CLASS = Path("/sys/class/video4linux")
DEVICES = Path("/dev")

_SPEAKABLE = re.compile(r"[\w.:+=@-]+", re.ASCII)
"""What udev makes of a camera's own words; only such a name goes into a command that a person is to copy."""


def webcams(video_class: Path = CLASS, devices: Path = DEVICES) -> Sequence[str]:
    """Return the device files of USB cameras, each by the name that stays the same at every boot if udev gave one.

    A Pi has a dozen ``/dev/video*`` that are no camera (codecs, its image processor): none of them is on the USB. A
    camera's first node gives pictures, a second one only tells about them.

    :param video_class: the kernel's list of video devices; tests give others.
    :param devices: the folder of the machine's devices.
    """
    lasting: dict[Path, Path] = {}
    for link in sorted(_inside(devices / "v4l" / "by-id")):
        if _SPEAKABLE.fullmatch(link.name):
            lasting.setdefault(link.resolve(), link)
    nodes = [devices / entry.name for entry in sorted(_inside(video_class)) if _gives_usb_pictures(entry)]
    return [str(lasting.get(node.resolve(), node)) for node in nodes if _SPEAKABLE.fullmatch(node.name)]


def mend_by_webcam(found: Sequence[str]) -> str:
    """Return the commands that make a box use a USB camera, the first one found if there is one."""
    named = [f"sudo mien config set camera.device {device}" for device in found[:1]]
    return ", and ".join(("sudo mien config set camera.driver v4l2", *named, "sudo systemctl restart mien"))


def _gives_usb_pictures(entry: Path) -> bool:
    try:
        first = (entry / "index").read_text(encoding="ascii").strip() == "0"
        return first and (entry / "device" / "subsystem").resolve().name == "usb"
    except (OSError, ValueError):
        return False


def _inside(folder: Path) -> Sequence[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []
