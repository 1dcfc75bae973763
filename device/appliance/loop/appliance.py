"""The running box as others know it: what may be asked of it, from any thread, while its main loop runs in one."""

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

from device.appliance.loop.main_loop import MainLoop
from device.appliance.loop.messages import Clear, Examine
from device.appliance.loop.parts import Parts
from device.errors import ControlError, MienError
from device.panel.gestures import Gesture
from device.player.listening import play_for_a_listener
from device.session.asked_music import AskedMusic
from device.session.events import (
    AskedToAim,
    AskedToCalibrate,
    AskedToEndAim,
    AskedToEndCalibration,
    Event,
    Pressed,
)
from device.session.machine.session import FREE, OF_MUSIC, WATCHING, Session
from device.session.volume.volume_control import VolumeControl
from device.status.control_socket import Status
from device.status.history_text import history_document
from device.status.status import LiveState, LoadedParts, status_of

_MOST_WAITING = 50
_WRITING_SECONDS = 8.0  # less than whoever asks will wait
_EXAMINING_SECONDS = 8.0


class Appliance:
    """The main loop, and what others ask of it; :meth:`run` returns after :meth:`stop`."""

    def __init__(self, parts: Parts, session: Session, loaded: LoadedParts) -> None:
        """Take the built parts; nothing moves before :meth:`run`."""
        self._parts = parts
        self._loaded_parts = loaded
        self.loop = MainLoop(parts, session, loaded)
        """What owns the session, in its one thread."""
        self.music = AskedMusic(parts.songs, lambda: self._session, self.post)
        """Music that is asked for by hand."""

    def run(self, *, when_ready: Callable[[], None] | None = None, keep: Callable[[], None] | None = None) -> None:
        """Serve until :meth:`stop`; on return the camera is closed and nothing plays.

        :param when_ready: called once, as soon as the box can be used.
        :param keep: called at every turn of the loop, at least once a second; what it raises ends the loop.
        """
        self.loop.run(when_ready=when_ready, keep=keep)

    def stop(self) -> None:
        """Ask the loop to end; safe from a signal handler and from any thread."""
        self.loop.stop()

    def post(self, event: Event) -> None:
        """Give the loop an event; safe from any thread."""
        self.loop.post(event)

    def press(self, *gestures: Gesture) -> bool:
        """Press for a hand that is not there; False, and nothing happens, while a finger is on the button itself.

        Safe from any thread.

        :param gestures: what one press comes to, in order.
        :raises ValueError: if more presses wait than anybody means.
        """
        if self.loop.messages.qsize() >= _MOST_WAITING:  # the button itself is not to stand in line behind a flood
            msg = "too many presses wait already, and this one does not count; try again in a moment"
            raise ValueError(msg)
        if not self.loop.button.is_at_rest:
            return False
        for gesture in gestures:
            self.post(Pressed(gesture))
        return True

    def aim(self, seconds: float) -> bool:
        """Have the camera opened for somebody who aims it; False, and nothing happens, while the box is at work.

        Safe from any thread.

        :param seconds: for how long; 0 has it closed again.
        """
        if not seconds:
            self.post(AskedToEndAim())
            return False
        if self._session.state not in FREE:
            return False
        self.post(AskedToAim(seconds))
        return True

    def calibrate(self, name: str, seconds: float) -> bool:
        """Have somebody's face at rest read; False, and nothing happens, while the box is at work.

        Safe from any thread.

        :param seconds: for how long; 0 has the camera closed again.
        :raises MienError: if there is no room for one more, or what is kept cannot be read.
        """
        if not seconds:
            self.post(AskedToEndCalibration())
            return False
        if refusal := self._parts.resting_faces.refusal(name):
            raise refusal
        if self._session.state not in FREE:
            return False
        self.post(AskedToCalibrate(name, seconds))
        return True

    def forget_resting_faces(self, name: str | None) -> int:
        """Have a resting face forgotten, or with None all of them; return how many went.

        Safe from any thread but the card writer's.

        :raises MienError: if that cannot be written.
        """
        answers: SimpleQueue[int | MienError] = SimpleQueue()
        self._parts.resting_faces.forget(name, answers.put)
        return _heard(answers, "the resting faces are not removed from the card yet", look="mien status")

    def forget_tastes(self) -> int:
        """Have everything forgotten that was learnt from skips; return of how many songs that was.

        Safe from any thread but the card writer's.

        :raises MienError: if that cannot be written.
        """
        answers: SimpleQueue[int | MienError] = SimpleQueue()
        self._parts.songs.tastes.forget(answers.put)
        return _heard(answers, "what was learnt is not removed from the card yet", look="mien status")

    def clear_history(self) -> int:
        """Have everything of the past forgotten; return how many entries the history had.

        Safe from any thread but the loop's own.

        :raises MienError: if the history cannot be cleared.
        """
        wish = Clear(SimpleQueue())
        self.loop.post(wish)
        return _heard(wish.answers, "the history is not cleared yet", look="mien history")

    def unwritten(self) -> Status:
        """Return what the history remembers and its file may not hold yet, newest first; safe from any thread."""
        history = self._parts.history
        return {**history_document(history.unwritten()), "endings": history.unwritten_endings()}

    def examine(self) -> Status:
        """Have the parts looked at closely, camera and sound card as far as they are free; then describe the moment.

        Safe from any thread but the loop's own.
        """
        wish = Examine(threading.Event())
        self.loop.post(wish)
        wish.done.wait(_EXAMINING_SECONDS)
        return self.status()

    @property
    def volume(self) -> VolumeControl:
        """The volume, safe from any thread."""
        return self._parts.surroundings.volume

    def listen(self) -> str:
        """Play a chime for somebody who listens for it; return where it went.

        Safe from any thread but the loop's own.

        :raises MienError: if nothing can have been heard, or the box is at work.
        """
        if self._session.state not in FREE:
            what = f"no chime was played: the box is {self._session.state.value}"
            raise ControlError(what, mend="ask again when it is idle; mien press --hold 1 ends what it does")
        self.volume.refuse_silence()
        return play_for_a_listener(self._parts.player)

    def status(self) -> Status:
        """Describe the present moment; safe from any thread."""
        session, parts = self._session, self._parts
        parts.count_songs()
        run = self.loop.camera.run
        live = LiveState(
            light=self.loop.light,
            player=parts.player,
            board=parts.board_health(),
            history=parts.history.health(),
            resting=parts.resting_faces.document(),
            tastes=parts.songs.tastes.document(),
            taste_of=parts.songs.tastes.of_song,
            findings=parts.self_check.findings(),
            memory=parts.memory.state(),
            settings=parts.settings_state(),
            watching=run.so_far() if run and session.state in WATCHING else None,
            hint=run.meter.hint if run else "",
            surroundings=parts.surroundings.document(parts.clock(), plays=session.state in OF_MUSIC),
        )
        return status_of(session, self._loaded_parts, self.loop.latencies.latest, live, now=parts.clock())

    @property
    def _session(self) -> Session:
        return self.loop.session


def _heard(answers: SimpleQueue[int | MienError], not_yet: str, *, look: str) -> int:
    """Wait for what the writing to the card came to.

    :param look: the command that shows whether it is done.
    :raises MienError: if it failed, or takes longer than whoever asks will wait.
    """
    try:
        answer = answers.get(timeout=_WRITING_SECONDS)
    except Empty:
        what = f"{not_yet}: the memory card, or the daemon, takes its time"
        raise ControlError(what, mend=f"it is done as soon as that goes on; look with {look}") from None
    if isinstance(answer, MienError):
        raise answer
    return answer
