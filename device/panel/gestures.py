"""From a button's edges to what the person meant (pure: edges and times in, gestures out).

contact     ▁▁▁▁┌┐┌───────────────────────────────────────┐┌┐▁▁▁▁
counts as   ▁▁▁▁┌─────────────────────────────────────────┐▁▁▁▁▁▁
                down    1 s: hold    3 s: warned    5 s: long hold    up: a short press, if no hold was given;
                                                                      held, if the hold was not yet warned

By hand: gpiozero's Button knows one hold, not three, and reads a pin and a clock, where this is pure.
"""

from dataclasses import dataclass, field
from enum import Enum

HOLD_SECONDS = 1.0
WARNING_SECONDS = 3.0
"""From here on, and until the long hold, the LED warns of what the long hold will do."""
LONG_HOLD_SECONDS = 5.0

BOUNCE_SECONDS = 0.05
"""How long after a change the contact may chatter; a finger that means two presses takes longer between them."""


class Gesture(Enum):
    """What a person does with one button."""

    SHORT = "short press"
    HOLD = "hold 1 s"
    HELD = "hold 1 s, and let go before 3 s"
    """Follows a hold on release, for what is not to happen to whoever goes on holding and shuts the box down."""
    LONG_HOLD = "hold 5 s"


_THRESHOLDS = ((Gesture.HOLD, HOLD_SECONDS), (Gesture.LONG_HOLD, LONG_HOLD_SECONDS))


@dataclass(slots=True)
class GestureReader:
    """Follows one button.

    A short press counts on release; a hold counts while the button is still down, each once per press, and a hold that
    ends before the warning counts again on release. A change counts at once and then for ``BOUNCE_SECONDS`` whatever
    the contact does; where it has come to rest by then counts next.
    Times are seconds of one clock, and never go back from call to call.
    """

    _down_at: float | None = field(init=False, default=None)
    _given: set[Gesture] = field(init=False, default_factory=set)
    _contact: bool = field(init=False, default=False)
    _contact_at: float = field(init=False, default=float("-inf"))
    _settled_at: float = field(init=False, default=float("-inf"))

    @property
    def is_down(self) -> bool:
        """Whether the button is down."""
        return self._down_at is not None

    @property
    def is_at_rest(self) -> bool:
        """Whether the button is up, and nothing can become of it without another edge."""
        return not self.is_down and not self._contact

    def held_seconds(self, now: float) -> float:
        """How long the button has been down, 0 while it is up."""
        return 0.0 if self._down_at is None else now - self._down_at

    def down(self, now: float) -> list[Gesture]:
        """Note that the contact closed; return what the press before it still meant."""
        return self._touched(closed=True, now=now)

    def up(self, now: float) -> list[Gesture]:
        """Note that the contact opened; return what this press still meant."""
        return self._touched(closed=False, now=now)

    def passed(self, now: float) -> list[Gesture]:
        """Return what time alone has made of the button since the last call: holds, and a release after chatter."""
        return [*self._follow(now), *self._holds(now)]

    def _touched(self, *, closed: bool, now: float) -> list[Gesture]:
        gestures = self.passed(now)
        self._contact, self._contact_at = closed, now
        return [*gestures, *self._follow(now)]

    def _follow(self, now: float) -> list[Gesture]:
        """Let the button be where its contact is, unless that may still chatter."""
        if self._contact is self.is_down or now < self._settled_at:
            return []
        moment = max(self._contact_at, self._settled_at)
        self._settled_at = moment + BOUNCE_SECONDS
        if self._contact:
            self._down_at, self._given = moment, set()
            return []
        gestures = self._holds(moment)
        if not self._given:
            gestures = [Gesture.SHORT]
        elif self.held_seconds(moment) < WARNING_SECONDS:
            gestures.append(Gesture.HELD)
        self._down_at = None
        return gestures

    def _holds(self, now: float) -> list[Gesture]:
        """Return the holds whose time has come since the last call."""
        if self._down_at is None:
            return []
        held = now - self._down_at
        reached = [gesture for gesture, seconds in _THRESHOLDS if held >= seconds and gesture not in self._given]
        self._given.update(reached)
        return reached
