"""From a button's edges to what the person meant (pure: edges and times in, gestures out)."""

from dataclasses import dataclass, field
from enum import Enum

HOLD_SECONDS = 1.0
LONG_HOLD_SECONDS = 5.0


class Gesture(Enum):
    """What a person does with one button."""

    SHORT = "short press"
    HOLD = "hold 1 s"
    LONG_HOLD = "hold 5 s"


_THRESHOLDS = ((Gesture.HOLD, HOLD_SECONDS), (Gesture.LONG_HOLD, LONG_HOLD_SECONDS))


@dataclass(slots=True)
class GestureReader:
    """Follows one button.

    A short press counts on release; a hold counts while the button is still down, each once per press.
    """

    _down_at: float | None = field(init=False, default=None)
    _given: set[Gesture] = field(init=False, default_factory=set)

    @property
    def is_down(self) -> bool:
        """Whether the button is down."""
        return self._down_at is not None

    def down(self, now: float) -> None:
        """Note that the button went down; a second time without coming up changes nothing."""
        if self._down_at is None:
            self._down_at = now
            self._given = set()

    def up(self, now: float) -> list[Gesture]:
        """Note that the button came up; return what this press still meant."""
        gestures = self.passed(now)
        if self._down_at is not None and not self._given:
            gestures = [Gesture.SHORT]
        self._down_at = None
        return gestures

    def passed(self, now: float) -> list[Gesture]:
        """Return the holds whose time has come since the last call."""
        if self._down_at is None:
            return []
        held = now - self._down_at
        reached = [gesture for gesture, seconds in _THRESHOLDS if held >= seconds and gesture not in self._given]
        self._given.update(reached)
        return reached
