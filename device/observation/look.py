"""One look through the camera, to see whether it works: a single frame, of which nothing but its size is kept."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from device.camera.camera import Camera
from device.errors import CameraError, MienError

_log = logging.getLogger(__name__)

_DARK = 25.0
"""Mean of 255 below which nobody would be seen."""


@dataclass(slots=True)
class CameraLook:
    """Opens a camera, takes one frame, closes it again; to be done in the thread that observes."""

    camera: Camera
    seen: str = ""
    """What the frame was like, in a few words; empty as long as there was none."""
    trouble: MienError | None = None
    """Why there was no frame."""
    _camera_closed: threading.Event = field(default_factory=threading.Event)

    def run(self, *, on_end: Callable[[], None] = lambda: None) -> None:
        """Look, and call ``on_end`` when the camera is closed; nothing is raised."""
        try:
            with self.camera.open() as frames:
                frame = next(frames)
            height, width = frame.luma.shape
            dark = " but it is very dark" if frame.luma.mean() < _DARK else ""
            self.seen = f"a picture of {width} × {height}{dark}"
        except MienError as error:
            self.trouble = type(error)(error.what, mend=error.mend)  # without the traceback, which keeps what was seen
        except Exception as error:  # noqa: BLE001 - a broken look is a finding, not the daemon's end
            _log.exception("the look through the camera broke")
            what = f"the camera cannot be used ({type(error).__name__}: {error})"
            self.trouble = CameraError(what, mend="look at: journalctl -u mien")
        finally:
            self._camera_closed.set()
            on_end()

    @property
    def holds_camera(self) -> bool:
        """Whether the camera is open, or will be: from the making of this until the camera is closed for good."""
        return not self._camera_closed.is_set()

    def wait(self, *, at_most_seconds: float | None = None) -> None:
        """Wait until the camera is closed for good."""
        self._camera_closed.wait(at_most_seconds)
