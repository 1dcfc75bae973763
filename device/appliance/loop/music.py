"""The songs and chimes of the running box: chosen, begun and ended as the session says."""

from collections.abc import Callable
from dataclasses import dataclass

from device.appliance.loop.messages import Message
from device.appliance.loop.parts import Parts
from device.appliance.loop.press_latencies import PressLatencies
from device.errors import PlayerError
from device.player.levels import Loudness, Measured
from device.player.player import PlaybackEnd
from device.recommendation.recommendation import RankedSong
from device.session.events import (
    AskedToPlay,
    ChooseNext,
    Chosen,
    Failed,
    Play,
    Recommend,
    Recommended,
    SongEnded,
    StopPlaying,
)
from device.session.faults import fault_of, playback_fault
from device.session.machine.session import Session
from device.session.states import Chime


@dataclass(frozen=True, slots=True)
class Music:
    """Carries out what concerns the player; how a song ended is posted to the loop.

    :param session: tells what the box does.
    :param post: gives the main loop a message.
    """

    parts: Parts
    latencies: PressLatencies
    session: Callable[[], Session]
    post: Callable[[Message], None]

    def choose(self, command: Recommend | ChooseNext) -> None:
        """Have the first song of a programme chosen, or the next."""
        parts = self.parts
        match command:
            case Recommend(number, wanted):
                if isinstance(wanted, AskedToPlay):  # before an observation it was done
                    self.look_for_any()
                self.post(Recommended(number, *parts.songs.begin(wanted)))
            case ChooseNext(number, programme, seconds_in):
                self.post(Chosen(number, parts.songs.next(programme, seconds_in)))

    def look_for_any(self) -> None:
        """See to it that a song would be heard, and have it noticed which songs are there.

        :raises PlayerError: if none would.
        """
        self.parts.player.check()
        self.parts.count_songs()
        self.parts.look_for_songs()

    def make(self, command: Play | StopPlaying) -> None:
        """Begin a song, or end it."""
        match command:
            case Play(number, choice):
                self._play(number, choice)
            case StopPlaying(fade_seconds):
                self.parts.player.stop(fade_seconds=fade_seconds)
                self.parts.surroundings.fades(self.parts.clock(), fade_seconds)

    def chime(self, chime: Chime) -> None:
        """Play a chime, unless the box is silent or the hours are quiet."""
        if self.parts.chime_folder is not None and not self.parts.surroundings.are_quiet():
            self.parts.player.chime(self.parts.chime_folder / f"{chime.value}.wav")

    def check_card(self) -> None:
        """Tell the loop if the sound card cannot be used."""
        try:
            self.parts.player.check()
        except PlayerError as error:
            self.post(Failed(self.session().number, fault_of(error)))

    def card_is_there(self) -> bool:
        """Say whether the sound card can be used."""
        try:
            self.parts.player.check()
        except PlayerError:
            return False
        return True

    def _play(self, number: int, choice: RankedSong) -> None:
        parts = self.parts

        def on_start() -> None:
            parts.self_check.forget_sound()
            self.latencies.note_sound(parts.clock())

        def on_end(end: PlaybackEnd, why: str) -> None:
            if end is PlaybackEnd.FINISHED:
                self.post(SongEnded(number))
            else:
                self.post(Failed(number, playback_fault(choice.song.path, end, why)))

        song = choice.song
        path, seconds = parts.music_folder / song.path, song.seconds or None  # a table of old may hold 0
        measured = Measured(Loudness.of(song.loudness, song.true_peak), song.leading_silence, song.audible_until)
        parts.player.play(path, seconds=seconds, measured=measured, on_start=on_start, on_end=on_end)
