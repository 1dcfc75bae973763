"""Music that is asked for over the socket: what is wanted, checked against what the box does and what songs it has."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from device.errors import ControlError
from device.session.events import AskedForNext, AskedToPlay, AskedToStop, Event
from device.session.machine.session import Session
from device.session.song_choice import SongChoice
from device.session.states import State
from device.settings.sections import Goal

_OPEN_TO_WISHES = frozenset({State.IDLE, State.FAULT, State.PLAYING})


class Skip(Enum):
    """What a wish for the next song comes to."""

    DONE = "the song that plays is over"
    CHOOSES = "the next song is being chosen already"
    NOTHING = "no song plays, and none is about to"


@dataclass(slots=True)
class AskedMusic:
    """Turns wishes into events; safe from any thread.

    :param session: tells what the box does.
    :param post: gives the main loop an event.
    """

    songs: SongChoice
    session: Callable[[], Session]
    post: Callable[[Event], None]
    _skipped_in: int = -1
    """The number that the session had when a song was skipped: as long as it has it, the wish waits in line."""

    def play(
        self,
        *,
        mood: str | None = None,
        like: str | None = None,
        minutes: float | None = None,
        goal: Goal | None = None,
    ) -> str:
        """Have an evening begin, in place of one that goes on; return what it is asked for, in words.

        :param minutes: how long, in place of the settings'; then music goes on even if they say otherwise.
        :raises ControlError: if the box is at work.
        :raises MienError: for a mood that there is not, or a title that no song has or several have.
        """
        state = self.session().state
        if state not in _OPEN_TO_WISHES:
            what = f"nothing is played on demand now: the box is {state.value}"
            raise ControlError(what, mend="ask again when it is idle; mien stop ends what it does")
        wish, rules = self.songs.wish(mood_name=mood, like=like), self.songs.rules
        if goal is not None:
            rules = replace(rules, goal=goal)
        if minutes is not None:
            rules = replace(rules, minutes=minutes, after_song="continue")
        self.post(AskedToPlay(wish, rules))
        return wish.words

    def skip(self) -> Skip:
        """Have the next song played; nothing happens where none plays, or the next is being chosen."""
        session = self.session()
        if session.evening is None or session.state not in {State.PLAYING, State.RECOMMENDING}:
            return Skip.CHOOSES if session.state is State.RECOMMENDING else Skip.NOTHING
        if not session.evening.plays or session.number == self._skipped_in:
            return Skip.CHOOSES
        self._skipped_in = session.number
        self.post(AskedForNext())
        return Skip.DONE

    def stop(self) -> bool:
        """Have the music stopped, or what is to lead to it; False where there is none."""
        is_at_it = self.session().state in {State.OBSERVING, State.RECOMMENDING, State.PLAYING}
        if is_at_it:
            self.post(AskedToStop())
        return is_at_it
