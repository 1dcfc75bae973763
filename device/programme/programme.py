"""An evening of songs as a value: what was asked for, by which rules, what has played, and what plays.

    programme = Programme(wish, rules, history)
    step = next_song(programme, recommender, seconds_in=0.0)       (device.programme.next_song)
    programme = programme.begun(step)                              it plays
    programme = programme.ended(How.ENDED, heard_seconds=214.0)    and so on, until next_song gives None

Nothing here chooses, reads a clock or knows of a button. A press for the next song is ``ended(How.SKIPPED, …)`` and
another ``next_song``; to be looked at anew is another programme, whose history is the ``recent`` of this one; what
comes next can be told beforehand, by ``next_song`` of the programme as it will be. What a household teaches is
``tastes.heard(step.choice.song, step.sought.octant, how, heard_seconds)`` (:mod:`device.programme.taste`).
"""

import math
from dataclasses import dataclass, field, replace

from device.emotion.labels import Place
from device.programme.taste import EARLY_SECONDS, How
from device.recommendation.recommendation import RankedSong
from device.recommendation.wish import Wish
from device.settings.sections import ProgrammeSettings

LEAST_SECONDS = 60.0
"""No song is begun when less than this is left."""


SOURCE_RULES = ProgrammeSettings(after_song="stop", artists_apart=0, octants_in_turn=False, learning=False)
"""The source's: the ranking as it is, the first of it plays, and then silence."""


@dataclass(frozen=True, slots=True)
class Step:
    """The next song, how near it is to what it was sought by, and why it is this one."""

    choice: RankedSong
    sought: Wish
    """What it was sought by: the evening's wish, or a place on the way to the goal."""
    octant: str
    """The song label that has most of it."""
    row: int
    """Where it stands in the song table."""
    fade_after_seconds: float | None = None
    """When the time is over while it plays; None if it comes to its own end before."""
    gave_way: tuple[str, ...] = ()
    """Which rules had to give way for it, in words."""

    @property
    def place(self) -> Place:
        """Where the song itself lies."""
        return Place(self.choice.song.valence, self.choice.song.arousal)


@dataclass(frozen=True, slots=True)
class Played:
    """One song that is over."""

    step: Step
    how: How
    heard_seconds: float

    @property
    def heard(self) -> bool:
        """Whether it was heard: what was skipped early, or could not be played, was no step of the way."""
        return self.how is not How.FAILED and (self.how is How.ENDED or self.heard_seconds >= EARLY_SECONDS)


@dataclass(frozen=True, slots=True)
class Programme:
    """An evening so far; a value: whatever happens returns another.

    :param history: ids of the songs of the last sessions, the latest first; none of them comes while others are left.
    """

    wish: Wish
    rules: ProgrammeSettings = field(default_factory=ProgrammeSettings)
    history: tuple[int, ...] = ()
    played: tuple[Played, ...] = ()
    """The first one first."""
    playing: Step | None = None

    @property
    def likes_lift(self) -> bool:
        """Whether songs heard to their ends come to be nearer than they are, or that only makes up for skips.

        They do where a press brings one song. In an evening a dozen songs end, and nobody need have listened: with that
        counted in full, two thirds of a library fell out of every top five (``tests/benchmarks/learning.py``).
        """
        return self.rules.after_song == "stop"

    def begun(self, step: Step) -> "Programme":
        """Return it with this song playing.

        :raises ValueError: if one plays already.
        """
        if self.playing is not None:
            msg = f"{self.playing.choice.song.name} plays already"
            raise ValueError(msg)
        return replace(self, playing=step)

    def ended(self, how: How, heard_seconds: float) -> "Programme":
        """Return it with the song that played over.

        :raises ValueError: if none plays.
        """
        if self.playing is None:
            msg = "no song plays"
            raise ValueError(msg)
        return replace(self, played=(*self.played, Played(self.playing, how, heard_seconds)), playing=None)

    @property
    def steps_heard(self) -> tuple[Step, ...]:
        """The songs that were heard."""
        return tuple(played.step for played in self.played if played.heard)

    @property
    def recent(self) -> tuple[int, ...]:
        """Ids of what was played, in this programme and before, each once, the latest first."""
        own = (played.step.choice.song.id for played in reversed(self.played))
        return tuple(dict.fromkeys((*own, *self.history)))

    def seconds_left(self, seconds_in: float) -> float:
        """How long music is still to go on, 0 at the end; a song after which it stops is never cut off.

        :param seconds_in: seconds since the first song began.
        """
        if self.rules.after_song == "stop":
            return math.inf
        return max(60 * self.rules.minutes - seconds_in, 0.0)

    def fade_after(self, song_seconds: float, seconds_in: float) -> float | None:
        """Return in how many seconds a song that begins now is to fade; None if it comes to its own end before.

        :param song_seconds: its length, 0 if that is not known.
        :param seconds_in: seconds since the first song began.
        """
        left = self.seconds_left(seconds_in)
        return None if math.isinf(left) or 0 < song_seconds <= left else left

    def is_over(self, seconds_in: float, *, most_skips: int) -> bool:
        """Whether no other song is to begin.

        :param most_skips: with ``after_song`` "stop", how many songs one may go through by skipping.
        """
        if not self.played:
            return False
        if self.rules.after_song == "stop":
            wanted = all(played.how in {How.SKIPPED, How.FAILED} for played in self.played)
            return not wanted or len(self.played) >= most_skips
        return self.time_is_over(seconds_in)

    def time_is_over(self, seconds_in: float) -> bool:
        """Whether no other song is begun for want of time: never while every song so far could not be played."""
        heard_any = any(played.how is not How.FAILED for played in self.played)
        return heard_any and self.seconds_left(seconds_in) < LEAST_SECONDS
