"""Song after song, as a session lives through them: skips, double presses, songs that cannot be played (pure)."""

import math
from dataclasses import replace

from device.programme.programme import Step
from device.programme.taste import How
from device.recommendation.song import Song
from device.session.evening import Evening
from device.session.events import ChooseNext, Command, NoteEnding, Play, Remember, StopPlaying
from device.session.faults import several_songs_fault, too_short_fault
from device.session.machine.session import Session, Transition, enter, fade, fail, observe
from device.session.states import Cause, Fault, State

DOUBLE_PRESS_SECONDS = 0.5
"""A press so soon after one for the next song asks to be looked at anew; the first is acted on at once all the same."""

MOST_FAILED = 3
"""So many songs in a row that cannot be played are a fault; fewer are passed over."""

LEAST_SONG_SECONDS = 2.0
"""What ends sooner is no song, and passed over like one that cannot be played: many would sound like shots."""

OF_A_SONG = frozenset({Cause.SONG_FILE, Cause.SONG_CUT_SHORT})
"""Faults that lie in one song, and whose words name it."""


def begin_song(session: Session, evening: Evening, step: Step, now: float) -> Transition:
    """Play the next song, and have the one after it chosen meanwhile."""
    begun = evening.begun(step, now)
    entered = replace(enter(session, State.PLAYING, now), evening=begun)
    recommendation = begun.recommendation
    asked = "" if recommendation.observation else begun.programme.wish.words
    commands: list[Command] = [
        Play(entered.number, step.choice),
        Remember(recommendation.observation, step.choice, asked),
    ]
    if not begun.knows_next:
        commands.append(ChooseNext(entered.number, *begun.heard_out()))
    return entered, tuple(commands)


def chosen(session: Session, evening: Evening, step: Step | None, now: float) -> Transition:
    """Know what follows the song that plays, or play it where none does; None if nothing follows."""
    if evening.plays:
        return replace(session, evening=replace(evening, upcoming=step, knows_next=True)), ()
    if step is not None:
        return begin_song(session, evening, step, now)
    if session.state is State.PLAYING:  # a skip, and nothing follows
        return observe(session, now) if session.looks_anew else fade(enter(session, State.IDLE, now), now)
    if evening.trouble and evening.failed_in_a_row and not evening.time_is_over(now):
        return fail(session, evening.trouble, now)
    return enter(session, State.IDLE, now), ()


def song_ended(session: Session, evening: Evening, now: float) -> Transition:
    """Play what follows a song that was heard to its end, have it chosen if it is not known yet, or end the evening.

    A song that is too short to be one is passed over.
    """
    if step := evening.programme.playing:
        song = step.choice.song
        if (seconds := _lasted(song, now - evening.song_began_at)) < LEAST_SONG_SECONDS:
            return pass_over(session, evening, too_short_fault(song.path, seconds), now)
    over, played = evening.ended(How.ENDED, now)
    noted = NoteEnding(played)
    is_last = evening.knows_next and evening.upcoming is None and evening.fade_at is None
    if over.is_over(now) or is_last:  # one of unknown length may end long before the time does, by which it would fade
        return replace(enter(session, State.IDLE, now), evening=over), (noted,)
    if evening.upcoming is None:
        entered = replace(enter(session, State.RECOMMENDING, now), evening=over)
        return entered, (noted, ChooseNext(entered.number, over.programme, over.seconds_in(now)))
    entered, (play, *others) = begin_song(session, over, evening.upcoming, now)
    return entered, (play, noted, *others)


def _lasted(song: Song, heard_seconds: float) -> float:
    """Return how long a song is heard that came to its end: as it was measured, or else as it was."""
    if not song.seconds:  # in a table of old
        return heard_seconds
    return song.seconds if song.audible_until is None else song.audible_until


def pressed_while_playing(session: Session, now: float) -> Transition:
    """Skip, or after a skip half a second ago be looked at anew; then neither song was judged."""
    if session.skipped is not None and now - session.skipped_at <= DOUBLE_PRESS_SECONDS:
        unjudged = replace(session, skipped=replace(session.skipped, how=How.FADED))
        return note_skipped(*observe(unjudged, now))
    if session.evening is None or not session.evening.plays:
        return session, ()
    return skip(session, session.evening, now)


def skip(session: Session, evening: Evening, now: float) -> Transition:
    """Have another song chosen; the one that plays is heard until then."""
    over, played = evening.ended(How.SKIPPED, now)
    noted, before = note_skipped(session, ())
    entered = enter(noted, State.PLAYING, now)
    entered = replace(entered, evening=over, skipped=played, skipped_at=now, looks_anew=True)
    return entered, (*before, ChooseNext(entered.number, over.programme, over.seconds_in(now)))


def note_skipped(session: Session, commands: tuple[Command, ...]) -> Transition:
    """Add to the commands that a skipped song is noted, now that nothing else can be meant by it."""
    if session.skipped is None:
        return session, commands
    return replace(session, skipped=None, skipped_at=-math.inf), (*commands, NoteEnding(session.skipped))


def pass_over(session: Session, evening: Evening, fault: Fault, now: float) -> Transition:
    """Have another song chosen in place of one that cannot be played, unless too many could not."""
    over, played = evening.ended(How.FAILED, now)
    over = replace(over, trouble=fault)
    ended = replace(session, evening=over)
    if over.failed_in_a_row >= MOST_FAILED:
        failed, commands = fail(ended, several_songs_fault(fault, over.failed_in_a_row), now)
        return failed, (*commands[:-1], NoteEnding(played), commands[-1])
    entered = enter(ended, State.RECOMMENDING, now)
    choose = ChooseNext(entered.number, over.programme, over.seconds_in(now))
    return entered, (StopPlaying(), NoteEnding(played), choose)
