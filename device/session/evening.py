"""An evening of songs as a session knows it: programme, ranking, and what comes next (pure; time is an argument)."""

from dataclasses import dataclass, replace

from device.programme.programme import Played, Programme, Step
from device.programme.taste import How
from device.recommendation.recommendation import RankedSong, Recommendation
from device.session.states import Fault


@dataclass(frozen=True, slots=True)
class Evening:
    """Song after song; a value: whatever happens returns another. Times are seconds of one clock."""

    programme: Programme
    recommendation: Recommendation
    """The ranking in which the song stands that plays, or played last."""
    position: int = 0
    """Which of its songs that is."""
    began_at: float = 0.0
    """When the first song began."""
    song_began_at: float = 0.0
    """When the song began that plays, or played last."""
    upcoming: Step | None = None
    """What follows once the song that plays has come to its end."""
    knows_next: bool = False
    """Whether that is settled; else it is still being chosen."""
    fade_at: float | None = None
    """When the time will be over while this song plays; None if the song ends before."""
    trouble: Fault | None = None
    """Why a song could not be played, and another took its place."""
    failed_in_a_row: int = 0

    @property
    def choice(self) -> RankedSong | None:
        """The song that plays, or played last; None where nothing could be ranked."""
        return self.recommendation.ranked[self.position] if self.recommendation.ranked else None

    @property
    def plays(self) -> bool:
        """Whether a song plays; else the next one is being chosen, or all is over."""
        return self.programme.playing is not None

    def seconds_in(self, now: float) -> float:
        """How long it has lasted, 0 before its first song."""
        return now - self.began_at if self.programme.played or self.plays else 0.0

    def begun(self, step: Step, now: float) -> "Evening":
        """Return it with this song playing."""
        recommendation, position = self.recommendation.with_song(step.choice, step.sought.vector, step.sought.words)
        began_at = self.began_at if self.programme.played else now
        fade = self.programme.fade_after(step.choice.song.seconds, now - began_at)
        return replace(
            self,
            programme=self.programme.begun(replace(step, fade_after_seconds=fade)),
            recommendation=recommendation,
            position=position,
            began_at=began_at,
            song_began_at=now,
            upcoming=None,
            knows_next=fade is not None,  # after a fade nothing follows
            fade_at=None if fade is None else now + fade,
        )

    def ended(self, how: How, now: float) -> tuple["Evening", Played]:
        """Return it with the song that played over, and what is to be noted of that song."""
        programme = self.programme.ended(how, now - self.song_began_at)
        failed = self.failed_in_a_row + 1 if how is How.FAILED else 0
        over = replace(self, programme=programme, knows_next=False, fade_at=None, failed_in_a_row=failed)
        return over, programme.played[-1]

    def heard_out(self) -> tuple[Programme, float]:
        """Return the programme as it will be when the song that plays has ended, and how long it will have lasted."""
        seconds = 0.0 if self.choice is None else self.choice.song.seconds
        return self.programme.ended(How.ENDED, seconds), self.seconds_in(self.song_began_at + seconds)

    def is_over(self, now: float) -> bool:
        """Whether no song is to follow one that was heard to its end."""
        return self.programme.is_over(self.seconds_in(now), most_skips=0)

    def time_is_over(self, now: float) -> bool:
        """Whether the programme is too near its end for another song, whatever became of those before."""
        return self.programme.time_is_over(self.seconds_in(now))
