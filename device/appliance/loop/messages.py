"""What is posted to the main loop: events of the session, and what concerns the loop alone."""

import threading
from dataclasses import dataclass
from queue import SimpleQueue

from device.errors import MienError
from device.observation.look import CameraLook
from device.session.events import Event


@dataclass(frozen=True, slots=True)
class Edge:
    """The button's contact closed or opened, ``at`` a time that no waiting in line can falsify."""

    closed: bool
    at: float


@dataclass(frozen=True, slots=True)
class Clear:
    """Somebody wants the past forgotten, and waits to hear how many entries that were, or why it cannot be."""

    answers: SimpleQueue[int | MienError]


@dataclass(frozen=True, slots=True)
class Examine:
    """Somebody wants the parts looked at closely, and waits until that is done, or cannot be now."""

    done: threading.Event


@dataclass(frozen=True, slots=True)
class Looked:
    """A look through the camera is over; ``begun_in`` is the number that the session had when it began."""

    look: CameraLook
    begun_in: int
    done: threading.Event


Message = Event | Edge | Clear | Examine | Looked
