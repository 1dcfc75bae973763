"""When to look again, while a fault lasts, whether what failed works by now (pure: signs and times in, yes or no out).

A sound card or a camera may come after the box was started, and go and come back. While nothing is at fault nobody
looks. During a fault the signs of a part, such as the names under ``/dev``, are compared again and again, which costs
next to nothing; the part itself is looked at soon after they changed, and without a change ever more seldom.
"""

from collections.abc import Hashable
from dataclasses import dataclass, replace

from device.session.states import Cause

FIRST_PAUSE_SECONDS = 2.0
"""From the start of a fault, or a change of the signs, to the next look: what has just come is not ready yet."""

LONGEST_PAUSE_SECONDS = {Cause.SOUND_CARD: 4.0, Cause.SOUND_CARD_LOST: 4.0, Cause.CAMERA: 60.0, Cause.NO_SONGS: 60.0}
"""How seldom a part is looked at in the end: at a card's file often, at a camera, which opens and lights the LED, not.

A cause that is not among them does not mend itself.
"""


@dataclass(frozen=True, slots=True)
class Lookout:
    """What is known of one fault's part, and when it is to be looked at next."""

    fault_number: int = -1
    signs: Hashable = None
    pause_seconds: float = FIRST_PAUSE_SECONDS
    next_at: float = 0.0

    def look(self, fault_number: int, cause: Cause, signs: Hashable, now: float) -> tuple["Lookout", bool]:
        """Take the signs of now; return the lookout from now on, and whether to look at the part itself.

        :param fault_number: the session's number, which every new fault changes.
        :param signs: anything that changes when the part comes or goes.
        :param now: in seconds.
        """
        if cause not in LONGEST_PAUSE_SECONDS:
            return self, False
        if fault_number != self.fault_number or signs != self.signs:
            return Lookout(fault_number, signs, next_at=now + FIRST_PAUSE_SECONDS), False
        if now < self.next_at:
            return self, False
        pause = min(2 * self.pause_seconds, LONGEST_PAUSE_SECONDS[cause])
        return replace(self, pause_seconds=pause, next_at=now + pause), True
