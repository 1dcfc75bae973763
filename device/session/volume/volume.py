"""How loud songs play: what hands and quiet hours make of the volume, within its bounds. Pure.

The scale is libvlc's, whose amplitude is the cube of the percentage (60 % is -13 dB, 50 % -18 dB). alsamixer takes the
same one, since a place on it is about proportional to how loud it seems to an ear (alsa-utils, ``volume_mapping.c``);
so a step is a step wherever one is. A song is brought to its level first and multiplied by the volume then; at 100 %
that is by one, so no volume makes a peak clip.
"""

from dataclasses import dataclass, replace

from device.errors import MutedError

QUIETEST, LOUDEST = 0, 100
"""In percent."""
_WELL_HEARD = 40


@dataclass(frozen=True, slots=True)
class Volume:
    """The volume in whole percent: the day's, and beside it the night's while there is one.

    By night, what hands do is the night's, and is forgotten in the morning.
    """

    day: int
    most: int = LOUDEST
    most_by_night: int = LOUDEST
    night: int | None = None
    """None by day."""
    lingers: bool = False
    """Whether the night is over, and its volume holds only because a song plays on; a hand may end that."""

    def __post_init__(self) -> None:
        """Check the bounds.

        :raises ValueError: if a volume is not within them.
        """
        if not QUIETEST <= self.day <= self.most <= LOUDEST:
            msg = f"a volume of {self.day} % does not lie between 0 and the maximum of {self.most} %"
            raise ValueError(msg)
        if self.night is not None and not QUIETEST <= self.night <= self.ceiling:
            msg = f"a volume of {self.night} % does not lie between 0 and the night's maximum of {self.ceiling} %"
            raise ValueError(msg)

    @property
    def ceiling(self) -> int:
        """The most that holds now."""
        by_day = self.night is None or self.lingers
        return self.most if by_day else min(self.most, self.most_by_night)

    @property
    def percent(self) -> int:
        """The volume that holds now."""
        return self.day if self.night is None else self.night

    def turned(self, by: int) -> "Volume":
        """Return the volume ``by`` so many percent louder, or softer below 0, and not beyond its bounds."""
        return self.at(min(max(self.percent + by, QUIETEST), self.ceiling))

    def at(self, percent: int) -> "Volume":
        """Return another volume.

        :raises ValueError: if it is not within the bounds of now.
        """
        if self.night is None or self.lingers:
            return replace(self, day=percent, night=None, lingers=False)
        return replace(self, night=percent)

    def by(self, *, is_quiet: bool, plays: bool) -> "Volume":
        """Return the volume by day or by night.

        The night begins at once. In the morning nothing that plays becomes louder by itself: the day's volume returns
        once it has ended, or a hand sets another.
        """
        if self.night is None and not is_quiet and not self.lingers:
            return self  # as every second of a day
        if is_quiet:
            night = min(self.day, self.most, self.most_by_night) if self.night is None else self.night
            return replace(self, night=night, lingers=False)
        lingers = self.night is not None and plays and self.day > self.night
        return replace(self, night=self.night if lingers else None, lingers=lingers)


def refuse_silence(percent: int, *, most: int, by_night: bool) -> None:
    """See to it that a song would be heard.

    :param most: what the volume may be at the most, in percent, now.
    :param by_night: whether quiet hours last.
    :raises MutedError: at a volume of 0 %.
    """
    if percent == QUIETEST:
        what = "the volume is at 0 %, so that nothing is heard"
        raise MutedError(what, mend=f"turn it up: {louder(most, by_night=by_night)}")


def louder(most: int, *, by_night: bool) -> str:
    """Return the command that makes a box heard which is at 0 %, whatever the settings allow.

    :param most: what the volume may be at the most, in percent, now.
    :param by_night: whether quiet hours last.
    """
    if most > QUIETEST:
        return f"mien volume {min(_WELL_HEARD, most)}"
    night = f"sudo mien config set quiet_hours.night_volume_percent {_WELL_HEARD} && " if by_night else ""
    most_of_all = f"sudo mien config set sound.maximum_volume_percent {_WELL_HEARD}"
    return f"{night}{most_of_all} && sudo systemctl restart mien, then mien volume {_WELL_HEARD}"
