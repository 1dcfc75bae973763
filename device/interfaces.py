"""What the core asks of the world outside it: one narrow Protocol for each real thing.

The drivers in ``device/drivers`` fulfil these; ``daemon.py`` chooses between them. Every time is in seconds.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from device.faces.crop import FaceBox, Luma

STALL_SECONDS = 2.0
"""A camera that gives no frame for this long has stalled."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture: ``luma`` ``(height, width)``, 0–255; ``timestamp`` in rising seconds of the camera's own clock.

    What follows them is known to some cameras only.
    """

    luma: Luma
    timestamp: float

    lores: Luma | None = None
    """The same picture in fewer pixels, where the camera gives it for nothing: good enough to find faces in."""

    settled: bool | None = None
    """Whether the exposure fits the scene yet; None from a camera that does not say."""

    exposure: float | None = None
    """Seconds of exposure times gain: how hard the camera tries to see."""

    lux: float | None = None
    """How much light falls on the scene, as the camera estimates it."""


class Camera(Protocol):
    """Gives frames, and streams only while it is opened."""

    def prepare(self) -> None:
        """Do beforehand what makes :meth:`open` quick, without streaming; what fails here will fail there."""
        ...

    def open(self) -> AbstractContextManager[Iterator[Frame]]:
        """Start streaming on entering the context and stop on leaving it, whatever happened in between.

        The iterator blocks for at most :data:`STALL_SECONDS` or so before it gives a frame or raises.

        :raises CameraError: from entering or from the iterator, when the camera is absent, vanishes or stalls,
            or when a recording ends.
        """
        ...

    def close(self) -> None:
        """Let go of what :meth:`prepare` or :meth:`open` keep; the camera may be opened again all the same."""
        ...


class FaceDetector(Protocol):
    """Finds faces."""

    def detect(self, luma: Luma) -> Sequence[FaceBox]:
        """Return a box for every face in a grey frame ``(height, width)``, none if there is none."""
        ...

    def detect_near(self, luma: Luma, last: FaceBox) -> FaceBox | None:
        """Return the box of the face that was at ``last`` a moment ago, if it is still there or thereabouts.

        Looks at little more than that place, so that it takes a fraction of what :meth:`detect` takes.
        """
        ...


class EmotionClassifier(Protocol):
    """Reads an expression."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The face labels, in the order of the probabilities."""
        ...

    def classify(self, crop: Luma) -> NDArray[np.float32]:
        """Return the probability of each label, ``(n_labels,)``, summing to 1, for a ``(48, 48)`` crop."""
        ...


class PlaybackEnd(Enum):
    """How a song came to its end."""

    FINISHED = "finished"
    BROKEN_FILE = "the file could not be played"
    CUT_SHORT = "the song ended long before its time"
    NO_SOUND = "the sound card took no sound"
    CARD_LOST = "the sound card vanished"


class Player(Protocol):
    """Plays one song at a time, and short chimes."""

    def play(
        self,
        path: Path,
        *,
        seconds: float | None = None,
        on_start: Callable[[], None],
        on_end: Callable[[PlaybackEnd, str], None],
    ) -> None:
        """Cut off what plays and start ``path``, to be heard within 0.2 s.

        ``on_start`` is called from any thread when the first sound leaves, ``on_end`` when the song ends by itself,
        with a sentence that says why if it failed. A song that is stopped or replaced calls neither any more.

        :param seconds: the song's true length, measured and not estimated, by which a file that breaks off is known;
            None if nobody measured it.
        :raises SongFileError: if the file is not there.
        :raises SoundCardError: if the sound card is not there.
        :raises PlayerError: if there is no player at all.
        """
        ...

    def stop(self) -> None:
        """Fade out and stop; nothing happens if nothing plays."""
        ...

    def chime(self, path: Path) -> None:
        """Play a short sound, unless a song plays; errors are logged, never raised."""
        ...

    def check(self) -> str:
        """Say in a few words where the sound goes.

        :raises SoundCardError: if the sound card is not there.
        :raises PlayerError: if there is no player at all.
        """
        ...

    def close(self) -> None:
        """Stop and release the sound card."""
        ...


class Light(Enum):
    """What the LED shows; the value names the pattern for a person."""

    OFF = "off"
    ON = "on"
    PULSE = "pulse"
    BREATH = "slow breath"
    BLINK_1 = "1 blink, pause"
    BLINK_2 = "2 blinks, pause"
    BLINK_3 = "3 blinks, pause"
    BLINK_4 = "4 blinks, pause"
    BLINK_5 = "5 blinks, pause"
    BLINK_6 = "6 blinks, pause"
    BLINK_7 = "7 blinks, pause"
    BLINK_8 = "8 blinks, pause"
    WARNING = "fast blink"


class Panel(Protocol):
    """The button and the LED, either of which may be missing; the LED is off as soon as the panel is taken."""

    def listen(self, on_down: Callable[[], None], on_up: Callable[[], None]) -> None:
        """Call these, from any thread, whenever the button's contact closes and opens, chatter included.

        What happened before, a press that is not over yet included, is not told.
        """
        ...

    def show(self, light: Light) -> None:
        """Show a pattern until the next call; one that is shown already goes on undisturbed."""
        ...

    def close(self) -> None:
        """Turn the LED off and release the lines."""
        ...


class Power(Protocol):
    """The machine's power."""

    def off(self) -> None:
        """Begin to shut the machine down."""
        ...


class Clock(Protocol):
    """The time."""

    def now(self) -> float:
        """Seconds since some fixed moment, never going back."""
        ...


class Supervisor(Protocol):
    """Whoever started the daemon and watches over it."""

    def ready(self, status: str) -> None:
        """Say that the daemon is ready to serve."""
        ...

    def alive(self) -> None:
        """Say that the main loop made progress."""
        ...

    def stopping(self) -> None:
        """Say that the daemon is about to end."""
        ...
