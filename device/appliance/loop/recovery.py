"""Looks at the parts of the running box: one that fails is told of, and one that works again is noticed."""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from device.appliance.loop.camera_use import CameraUse
from device.appliance.loop.messages import Examine, Looked, Message
from device.appliance.loop.music import Music
from device.appliance.loop.parts import Parts
from device.session.events import Event, Failed, Mended
from device.session.faults import fault_of
from device.session.lookout import Lookout
from device.session.machine.session import FREE, Session
from device.session.states import Cause, Fault, State

_SOUND_AGAIN_SECONDS = 60.0


@dataclass(slots=True)
class Recovery:
    """Looks before anybody presses, when somebody asks, and now and then while a fault lasts.

    :param session: tells what the box does.
    :param post: gives the main loop a message.
    :param take: has an event acted on at once, at a time in seconds.
    """

    parts: Parts
    music: Music
    camera: CameraUse
    session: Callable[[], Session]
    post: Callable[[Message], None]
    take: Callable[[Event, float], None]
    lookout: Lookout = field(default_factory=Lookout)
    _card_was_away: bool = False
    _hidden_fault: Fault | None = None
    _sound_examined_at: float = 0.0

    def examine(self, wish: Examine) -> None:
        """Look at the sound card now, and through the camera aside; whatever is at work is left alone."""
        session = self.session()
        if session.state not in FREE or self.camera.is_open:
            wish.done.set()
            return
        self.examine_sound()
        self.camera.look_aside(wish.done)

    def examine_sound(self) -> None:
        """Look at the sound card closely; only while nothing plays."""
        self.parts.self_check.examine_sound()
        self._sound_examined_at = self.parts.clock()

    def examine_sound_again(self, now: float) -> None:
        """Look once more, now and then, at a card in which something was wrong: its owner may have turned it up."""
        is_due = now - self._sound_examined_at >= _SOUND_AGAIN_SECONDS
        if is_due and self.parts.self_check.sound_fails and not self.camera.is_open:
            self.examine_sound()

    def note_fault(self) -> None:
        """Keep, as a fault begins, whether the card is away: only one that was can be well for coming back."""
        self._card_was_away = not self.music.card_is_there()
        if self._card_was_away:
            self.examine_sound()  # what was found at a card that is gone is told no longer

    def hide(self, fault: Fault | None) -> None:
        """Keep the fault that a state hides, to tell of it when that is over."""
        self._hidden_fault = fault

    def tell_hidden_fault(self, number: int) -> None:
        """Tell of a fault of the sound that such a state has hidden, unless what failed was away and is back."""
        hidden = self._hidden_fault
        if hidden and hidden.cause is Cause.SOUND_CARD and not self._card_was_away:  # it was there, and took no sound
            self.post(Failed(number, hidden))
        else:
            self.music.check_card()

    def note_look(self, message: Looked, now: float) -> None:
        """Tell of a camera that fails before anybody presses, and take such a fault back once it works."""
        trouble = message.look.trouble
        self.parts.self_check.note_camera(message.look)
        if trouble is None:
            failed = self.session()
            self.take(Mended(message.begun_in, Cause.CAMERA), now)
            if self.session() is not failed:
                self.music.check_card()  # which a fault of the camera hid
        elif self.session().state is State.IDLE:
            self.take(Failed(message.begun_in, fault_of(trouble)), now)
        message.done.set()

    def look_out(self, now: float) -> None:
        """Look now and then, while a fault lasts, whether what failed has come back by itself."""
        session, parts = self.session(), self.parts
        if session.fault is None:
            return
        cause = session.fault.cause
        if cause is Cause.CAMERA and parts.surroundings.are_quiet():  # it would light the LED
            return
        self.lookout, is_due = self.lookout.look(session.number, cause, self._signs(cause), now)
        if not is_due:
            return
        match cause:
            case Cause.CAMERA:
                self.camera.look_aside(threading.Event())
            case Cause.NO_SONGS:
                parts.count_songs()
                if parts.recommender.playable.any():
                    self._mended(cause, now)
            case _:
                self._look_for_card(cause, now)

    def _signs(self, cause: Cause) -> Hashable:
        """Say what changes when a part comes or goes."""
        match cause:
            case Cause.CAMERA:
                return self.parts.camera_signs()
            case Cause.SOUND_CARD | Cause.SOUND_CARD_LOST:
                is_there = self.music.card_is_there()
                self._card_was_away = self._card_was_away or not is_there
                return is_there
            case _:
                return None

    def _look_for_card(self, cause: Cause, now: float) -> None:
        """Take a fault of the sound card back when the card is there again.

        A card that was there all the time and took no sound is not well for that: it must have been away once.
        """
        if self.music.card_is_there() and (self._card_was_away or cause is Cause.SOUND_CARD_LOST):
            self.examine_sound()
            self._mended(cause, now)

    def _mended(self, cause: Cause, now: float) -> None:
        """Take a fault back, unless the camera is known to fail as well."""
        if other := self.parts.self_check.camera_fault:
            self.take(Failed(self.session().number, other), now)
        else:
            self.take(Mended(self.session().number, cause), now)
