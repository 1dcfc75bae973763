"""How long after a press everything happened that follows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from device.status.status import Latencies


@dataclass(slots=True)
class PressLatencies:
    """The latencies of the last press; all times are the clock's, in seconds."""

    latest: Latencies = field(default_factory=Latencies)
    _pressed_at: float = 0.0
    _awaits_first_sound: bool = False

    def begin(self, now: float) -> None:
        """Take it that an observation follows a press of now."""
        self._pressed_at, self.latest, self._awaits_first_sound = now, Latencies(), True

    def await_no_sound(self) -> None:
        """Take it that the music to come follows no press."""
        self._awaits_first_sound = False

    def note(self, moments: Mapping[str, float]) -> None:
        """Keep when something happened, by the name that it has behind ``press_to_``."""
        known = {f"press_to_{name}": round(at - self._pressed_at, 3) for name, at in moments.items()}
        self.latest = replace(self.latest, **known)

    def note_sound(self, now: float) -> None:
        """Take it that a song began, which is noted if it is the first that follows a press."""
        if self._awaits_first_sound:
            self._awaits_first_sound = False
            self.note({"first_sound": now})
