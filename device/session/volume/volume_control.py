"""The volume at hand: what a knob, two buttons or ``mien volume`` ask for is heard at once and remembered.

a turn, a word ─▶ the rule ─▶ the player, at once ─▶ the state folder, once it has come to rest
"""

import threading
from typing import Any

from device.errors import ControlError
from device.player.player import Player
from device.session.volume.kept_volume import KeptVolume
from device.session.volume.volume import Volume, refuse_silence
from device.settings.sections import SoundSettings

REST_SECONDS = 3.0
"""A volume that has stood for so long is written: a turn of the knob is a dozen of them, and a card wears out."""


class VolumeControl:
    """Knows the volume, and tells the player; safe from any thread."""

    def __init__(self, player: Player, settings: SoundSettings, kept: KeptVolume, *, most_by_night: int) -> None:
        """Begin with the volume that was kept, as far as the settings still allow it.

        :param most_by_night: in percent, while quiet hours last.
        """
        self._player, self._kept = player, kept
        self._step_percent = settings.volume_step_percent
        most = settings.maximum_volume_percent
        self._volume = Volume(min(kept.percent, most), most, most_by_night)
        self._lock = threading.Lock()
        self._changes = 0
        self._seen_changes, self._seen_at = 0, 0.0
        self._is_kept = True
        player.set_volume(self.percent)

    @property
    def percent(self) -> int:
        """The volume that holds now, from 0 to 100."""
        return self._volume.percent

    def refuse_silence(self) -> None:
        """See to it that a song would be heard.

        :raises MutedError: at a volume of 0 %.
        """
        told = self.document()
        refuse_silence(self.percent, most=told["maximum_percent"], by_night=told["by_night"])

    @property
    def changes(self) -> int:
        """How often hands have set it: whoever compares two of these knows whether somebody is there."""
        return self._changes

    def turn(self, steps: int) -> None:
        """Make it so many steps louder, or softer below 0, as far as it goes."""
        self.change(steps * self._step_percent)

    def change(self, by_percent: int) -> None:
        """Make it so many percent louder, or softer below 0, as far as it goes."""
        with self._lock:
            self._take(self._volume.turned(by_percent))

    def set_to(self, percent: int) -> None:
        """Set it.

        :param percent: from 0 to 100.
        :raises ControlError: if that is more than holds now.
        """
        with self._lock:
            if percent > (most := self._volume.ceiling):
                by_night = most < self._volume.most
                when = "until the quiet hours end" if by_night else "on this box"
                keys = ["quiet_hours.night_volume_percent"] if by_night else []
                keys += ["sound.maximum_volume_percent"] if percent > self._volume.most else []
                allow = " && ".join(f"sudo mien config set {key} {percent}" for key in keys)
                what = f"{percent} % is too loud: at most {most} % {when}"
                mend = f"mien volume {most}; to allow more: {allow}"
                raise ControlError(what, mend=f"{mend} && sudo systemctl restart mien")
            self._take(self._volume.at(percent))

    def asked(self, *, percent: int | None = None, by: int | None = None) -> dict[str, Any]:
        """Set it, or change it, as somebody asks over the socket; return :meth:`document`.

        :raises ControlError: if that is more than holds now.
        """
        if percent is not None:
            self.set_to(percent)
        elif by is not None:
            self.change(by)
        return self.document()

    def passed(self, now: float, *, is_quiet: bool, plays: bool) -> None:
        """Take note that time has passed: the night begins or ends, and what was set has come to rest.

        :param now: in seconds of any clock that never goes back.
        :param is_quiet: whether quiet hours last.
        :param plays: whether a song does.
        """
        with self._lock:
            self._follow(self._volume.by(is_quiet=is_quiet, plays=plays))
            if self._seen_changes != self._changes:
                self._seen_changes, self._seen_at = self._changes, now
            is_due = not self._is_kept and now - self._seen_at >= REST_SECONDS
        if is_due:
            self.keep()

    def keep(self) -> None:
        """Have the volume written now if it is not."""
        self._is_kept = True
        self._kept.keep(self._volume.day)

    def document(self) -> dict[str, Any]:
        """Say for ``mien status`` what holds now."""
        volume, trouble = self._volume, self._kept.trouble
        return {
            "percent": volume.percent,
            "maximum_percent": volume.ceiling,
            "step_percent": self._step_percent,
            "by_night": volume.night is not None and not volume.lingers,
            "trouble": trouble.document() if trouble else None,
        }

    def _take(self, volume: Volume) -> None:
        """Hold what a hand has set."""
        self._changes += 1
        self._is_kept = self._is_kept and volume.day == self._volume.day and self._kept.trouble is None
        self._follow(volume)

    def _follow(self, volume: Volume) -> None:
        is_heard = volume.percent != self._volume.percent
        self._volume = volume
        if is_heard:
            self._player.set_volume(volume.percent)
