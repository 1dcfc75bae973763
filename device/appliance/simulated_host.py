"""Simulated parts with levers: for demonstrations and development without hardware, and for the tests.

They do what ``interfaces`` asks of the real ones; the levers play the world's part: a finger, a face, a loose cable.
"""

import logging
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

import numpy as np
from numpy.typing import NDArray

from device.emotion.vectors import FACE_LABELS
from device.errors import CameraError, CameraStalledError
from device.faces.crop import FaceBox, Luma, overlap
from device.interfaces import STALL_SECONDS, Frame, Light

_log = logging.getLogger(__name__)


class SimulatedClock:
    """Time that moves only when it is told to; starts at ``now`` seconds."""

    def __init__(self, now: float = 0.0) -> None:
        self._now = now

    def now(self) -> float:
        """Return the seconds at which the clock was put."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Lever: let ``seconds`` (≥ 0) pass."""
        if seconds < 0:
            msg = f"time does not go back by {-seconds} s"
            raise ValueError(msg)
        self._now += seconds


class SimulatedCamera:
    """Shows pictures at an even pace; timestamps start at 0 each time it is opened."""

    def __init__(
        self,
        picture: Callable[[float], Luma] | None = None,
        *,
        frames_per_second: float = 10.0,
        settling_seconds: float = 0.0,
        lux: float | None = None,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        """Build a camera that is plugged in and closed.

        :param picture: gives the luma ``(height, width)`` for a timestamp in seconds; by default plain grey, 640 × 480.
        :param settling_seconds: how long the camera says that its exposure has not settled.
        :param lux: what the camera says of the light.
        :param wait: lets a time in seconds pass; ``SimulatedClock.advance`` makes 15 seconds take none.
        """
        self._picture = picture or (lambda _: np.full((480, 640), 128, dtype=np.uint8))
        self._interval = 1 / frames_per_second
        self._settling_seconds = settling_seconds
        self._lux = lux
        self._wait = wait
        self._trouble = ""
        self.is_open = False
        self.times_opened = 0

    def vanish(self) -> None:
        """Lever: pull the cable."""
        self._trouble = "vanished"

    def stall(self) -> None:
        """Lever: no frame comes any more."""
        self._trouble = "stalled"

    def come_back(self) -> None:
        """Lever: mend what :meth:`vanish` or :meth:`stall` broke."""
        self._trouble = ""

    def prepare(self) -> None:
        """Do nothing."""

    def open(self) -> AbstractContextManager[Iterator[Frame]]:
        """Stream on entering.

        :raises CameraError: as long as the camera has vanished or stalls.
        """
        return self._opened()

    def close(self) -> None:
        """Do nothing."""

    @contextmanager
    def _opened(self) -> Generator[Iterator[Frame]]:
        if self._trouble == "vanished":
            raise _camera_error(self._trouble)
        self.is_open = True
        self.times_opened += 1
        frames = self._frames()
        try:
            yield frames
        finally:
            frames.close()
            self.is_open = False

    def _frames(self) -> Generator[Frame]:
        number = 0
        while True:
            if self._trouble:
                self._wait(STALL_SECONDS)
                raise _camera_error(self._trouble)
            timestamp = number * self._interval
            settled = timestamp >= self._settling_seconds
            yield Frame(self._picture(timestamp), timestamp, settled=settled, lux=self._lux)
            self._wait(self._interval)
            number += 1


class SimulatedFaceDetector:
    """Finds the faces it was given, wherever it looks; by default one in the middle of each frame."""

    def __init__(self, faces: Callable[[Luma], Sequence[FaceBox]] | None = None) -> None:
        self._faces = faces or _face_in_the_middle

    def detect(self, luma: Luma) -> Sequence[FaceBox]:
        """Return the scripted boxes for a frame ``(height, width)``."""
        return self._faces(luma)

    def detect_near(self, luma: Luma, last: FaceBox) -> FaceBox | None:
        """Return the scripted box that covers most of ``last``, however little."""
        return max(self._faces(luma), key=lambda box: overlap(box, last), default=None)


class SimulatedEmotionClassifier:
    """Reads the expression that a script names at the moment, and is ``certainty`` (0–1) certain of it."""

    labels = FACE_LABELS

    def __init__(self, expression: Callable[[], str] = lambda: "happiness", *, certainty: float = 0.9) -> None:
        self._expression = expression
        self._certainty = certainty

    def classify(self, crop: Luma) -> NDArray[np.float32]:  # noqa: ARG002 - the script knows, whatever the crop
        """Return probabilities ``(8,)``: ``certainty`` for the scripted label, the rest in equal shares."""
        rest = (1 - self._certainty) / (len(self.labels) - 1)
        shares = np.full(len(self.labels), rest, dtype=np.float32)
        shares[self.labels.index(self._expression())] = self._certainty
        return shares


class SimulatedPanel:
    """A button without a finger and an LED without light; the log shows the LED."""

    def __init__(self, *, wait: Callable[[float], None] = time.sleep) -> None:
        """Build a panel; ``wait`` lets the seconds of a :meth:`press` pass."""
        self._wait = wait
        self._on_down: Callable[[], None] = _nobody_listens
        self._on_up: Callable[[], None] = _nobody_listens
        self.lights = [Light.OFF]
        """Every light that was shown, the first and the last included; one that is shown twice on end counts once."""

    @property
    def light(self) -> Light:
        """What the LED shows now."""
        return self.lights[-1]

    def down(self) -> None:
        """Lever: push the button."""
        self._on_down()

    def up(self) -> None:
        """Lever: let go of the button."""
        self._on_up()

    def press(self, seconds: float = 0.1) -> None:
        """Lever: push the button and hold it for ``seconds``."""
        self.down()
        self._wait(seconds)
        self.up()

    def listen(self, on_down: Callable[[], None], on_up: Callable[[], None]) -> None:
        """Call these when the levers are moved, from their thread."""
        self._on_down, self._on_up = on_down, on_up

    def show(self, light: Light) -> None:
        """Note the light."""
        if light is not self.light:
            self.lights.append(light)
            _log.info("LED: %s", light.value)

    def close(self) -> None:
        """Turn the LED off and listen no more."""
        self.show(Light.OFF)
        self.listen(_nobody_listens, _nobody_listens)


class SimulatedPower:
    """A machine that only notes that it should shut down."""

    def __init__(self) -> None:
        self.is_off = False

    def off(self) -> None:
        """Note it, in the log too."""
        self.is_off = True
        _log.info("the machine would shut down now")


def _camera_error(trouble: str) -> CameraError:
    what = f"the simulated camera {trouble}"
    kind = CameraStalledError if trouble == "stalled" else CameraError
    return kind(what, mend="let it come back")


def _face_in_the_middle(luma: Luma) -> Sequence[FaceBox]:
    height, width = luma.shape
    side = max(min(height, width) // 2, 1)
    return [FaceBox((width - side) // 2, (height - side) // 2, side, side)]


def _nobody_listens() -> None:
    """Take an edge that nobody asked for."""
