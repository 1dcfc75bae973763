"""What hands and hours make of the box: how loud it is, whether it is quiet, and whether anybody is there at all."""

from typing import Any

from device.session.hours.hours import Hours
from device.session.hours.rest import MINUTE, Due, Rest
from device.session.volume.volume_control import VolumeControl
from device.settings.sections import RestSettings

_LONGEST_END_SECONDS = 5.0
"""So long music may be heard after its end was asked for: a fade as the settings have it, and what the card holds."""


class Surroundings:
    """The volume, the hours and the rest of one box; only :attr:`volume` and :meth:`document` from any thread."""

    def __init__(self, volume: VolumeControl, hours: Hours, settings: RestSettings, *, now: float) -> None:
        """Take what it is made of.

        :param now: in seconds of the clock that all moments here are told by; somebody has just started the box.
        """
        self.volume = volume
        self._hours = hours
        self._rest = Rest(
            sleep_seconds=MINUTE * settings.sleep_minutes,
            power_off_seconds=MINUTE * settings.idle_poweroff_minutes,
            touched_at=now,
        )
        self._silent_at = now
        self.volume.passed(now, is_quiet=self.are_quiet(), plays=False)  # no first sound by night is the day's

    def are_quiet(self) -> bool:
        """Tell whether quiet hours last: no chimes then, and no camera that the box opens by itself."""
        return self._hours.are_quiet()

    def touched(self, now: float) -> None:
        """Take note of a hand on the button, or of a wish over the socket."""
        self._rest = self._rest.touched(now)

    def fades(self, now: float, seconds: float | None) -> None:
        """Take note that the music fades away: until it is gone, the volume does not rise by itself.

        :param seconds: how long that takes; None for as long as the settings have it.
        """
        self._silent_at = now + (seconds or 0.0) + _LONGEST_END_SECONDS

    def passed(self, now: float, *, plays: bool, is_idle: bool) -> Due | None:
        """Take note that time has passed, and return what the box is to do by itself; to be called every second or so.

        :param plays: whether a song does, or another is about to follow it.
        :param is_idle: whether the box has nothing to do and no fault.
        """
        self.volume.passed(now, is_quiet=self.are_quiet(), plays=plays or now < self._silent_at)
        changes = self.volume.changes
        self._rest, due = self._rest.passed(now, plays=plays, is_idle=is_idle, volume_changes=changes)
        return due

    def document(self, now: float, *, plays: bool) -> dict[str, Any]:
        """Say for ``mien status`` how loud it is, what hours these are, and what the box will do by itself."""
        left = {due: max(0, round(seconds)) for due, seconds in self._rest.left(now, plays=plays).items()}
        rest = {"sleep_in_seconds": left.get(Due.SLEEP), "power_off_in_seconds": left.get(Due.POWER_OFF)}
        return {"volume": self.volume.document(), "hours": self._hours.document() | rest}
