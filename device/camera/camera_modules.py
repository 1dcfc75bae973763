"""Which of the cameras that libcamera lists is opened, by a camera manager that sees what is there now.

How picamera2 behaves is read in its versions 0.3.12 to 0.3.38. The class is given, so that nothing is loaded here.
"""

import atexit
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from device.camera.webcams import mend_by_webcam, webcams
from device.errors import CameraError

_log = logging.getLogger(__name__)

_BROKEN = (RuntimeError, ValueError, OSError, LookupError)
_LIST = "rpicam-hello --list-cameras (sudo apt install rpicam-apps-lite)"


def open_module(
    picamera2: Any,  # noqa: ANN401 - picamera2 is not there where types are checked
    module: str,
    *,
    find_webcams: Callable[[], Sequence[str]] = webcams,
) -> Any:  # noqa: ANN401
    """Open one of the Pi's own cameras; a USB one that libcamera lists beside them is never taken for one.

    :param picamera2: the class ``Picamera2``.
    :param module: its number among the Pi's own, or the name of its sensor or the beginning of it; empty for the first.
    :param find_webcams: lists the USB cameras that are there, for the mend.
    :raises CameraError: if there is none, none of that name, or if it cannot be opened.
    """
    _forget_manager(picamera2)
    try:
        listed = picamera2.global_camera_info()
    except _BROKEN as error:
        what = f"libcamera cannot list its cameras ({error})"
        raise CameraError(what, mend=f"look at: {_LIST}, and journalctl -u mien") from error
    # picamera2's own number of a camera is its place in this list.
    own = [(place, one) for place, one in enumerate(listed) if "/usb" not in str(one.get("Id", ""))]
    if not own:
        raise _nothing_there(find_webcams())
    place, chosen = own[_choose([one for _, one in own], module)]
    # In two steps, since what an opening that failed has left behind can be reached only through the object.
    half_made = picamera2.__new__(picamera2)
    try:
        half_made.__init__(place)
    except _BROKEN as error:
        _discard(half_made)
        what = f"the camera {_model(chosen)} cannot be opened ({error.__cause__ or error})"
        mend = (
            "close other camera programs, join the group video, push the ribbon cable home with the power off, "
            f"and look at: {_LIST}"
        )
        raise CameraError(what, mend=mend) from None  # the error's traceback would keep the camera and its manager
    return half_made


def close_module(camera: Any) -> None:  # noqa: ANN401
    """Close a camera; one that cannot be closed, as when it was pulled out, is forgotten, and that is logged."""
    try:
        camera.close()
    except _BROKEN as error:
        _log.warning("the camera cannot be closed (%s): forgetting it", error)
        _discard(camera)  # else it would keep its camera manager for good


def _choose(own: Sequence[Mapping[str, Any]], module: str) -> int:
    """Return the place of the camera that is meant."""
    if module.isascii() and module.isdecimal():
        meant = [number for number in range(len(own)) if number == int(module)]
    else:
        begins = [number for number, one in enumerate(own) if _model(one).startswith(module.lower())]
        meant = [number for number in begins if _model(own[number]) == module.lower()] or begins
    if len(meant) == 1 or (meant and not module):
        return meant[0]
    present = ", ".join(f"{number} {_model(one)}" for number, one in enumerate(own))
    problem = "there are several camera modules" if meant else "there is no camera module"
    what = f"{problem} {module!r} (present: {present})"
    mend = (
        "name one that is present: sudo mien config set camera.module NUMBER, and sudo systemctl restart mien; "
        "or push the other one's ribbon cable home with the power off, and start again"
    )
    raise CameraError(what, mend=mend)


def _model(one: Mapping[str, Any]) -> str:
    return str(one.get("Model") or one.get("Id") or "without a name").lower()


def _nothing_there(found: Sequence[str]) -> CameraError:
    if found:
        what = f"no camera module is connected, but a USB camera is: {', '.join(found)}"
        return CameraError(what, mend=f"to use it: {mend_by_webcam(found)}")
    mend = (
        "with the power off push the ribbon cable home at both ends, contacts as the Pi's guide shows, and look at: "
        f"{_LIST}; with a USB camera: {mend_by_webcam(found)}"
    )
    return CameraError("no camera module is connected", mend=mend)


def _forget_manager(picamera2: Any) -> None:  # noqa: ANN401
    """Have libcamera look for cameras anew.

    Once it has listed its cameras, picamera2 keeps libcamera's manager until a camera is closed, and that manager may
    never hear of a camera that comes later: the daemon's private network has no news from udev. Nor may one of which
    opening failed stay registered, as in versions before 0.3.3x: it would keep the manager as well.
    """
    try:
        registry = picamera2._cm  # noqa: SLF001 - there is no public way
        for number, camera in list(registry.cameras.items()):
            if not camera.is_open:
                registry.cleanup(number)
        if not registry.cameras and hasattr(registry, "reset"):
            registry.reset()
    except (AttributeError, *_BROKEN) as error:
        _log.info("this picamera2 keeps its camera manager (%s): a camera that comes late may need a restart", error)


def _discard(camera: Any) -> None:  # noqa: ANN401
    """Give back what a failed opening or closing has left behind: the camera, and two ends of a pipe."""
    if getattr(camera, "is_open", False):
        with suppress(AttributeError, *_BROKEN):
            camera.camera.release()
    camera.is_open, camera.camera = False, None
    atexit.unregister(camera.close)  # else it would be kept to the end: one for each failure
    with suppress(AttributeError, OSError):
        if not camera.notifymeread.closed:  # the two are closed together, and a number must not be closed twice
            camera.notifymeread.close()
            os.close(camera.notifyme_w)
