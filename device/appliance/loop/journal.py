"""What the running box writes of its past: to the log, and to the history."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime

from device.appliance.loop.messages import Clear
from device.appliance.loop.parts import Parts
from device.observation.observation import Observation
from device.session.events import Event, Failed, Mended, Remember
from device.session.machine.session import Session
from device.session.machine.songs import OF_A_SONG
from device.session.states import Fault
from device.status.status import describe_observation
from device.status.text import observation_line

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Journal:
    """Writes down what the household allows."""

    parts: Parts
    _remembered: Observation | None = None

    def remember(self, command: Remember) -> None:
        """Log what was seen or asked for and what plays, as far as is allowed, and add it to the history."""
        observation, choice = command.observation, command.choice
        if observation is None:
            self._log_asked(command)
        elif self.parts.log_observations:
            outcome = "no song" if choice is None else f"{choice.song.name}, similarity {choice.similarity:.2f}"
            _log.info("observed %s → %s", observation_line(describe_observation(observation)), outcome)
        elif observation is not self._remembered:  # for another song of the same observation there is nothing to say
            seconds, pace = observation.duration_seconds, observation.frames_per_second
            coverage = f"coverage {observation.coverage:.0%}"
            _log.info("the observation ended: %s of %.1f s, %.1f frames per second", coverage, seconds, pace)
        self._remembered = observation
        self.parts.history.add(datetime.now(UTC), observation, choice, asked=command.asked)

    def forget(self, wish: Clear) -> None:
        """Clear the history, and answer whoever wishes it."""
        self.parts.history.clear(wish.answers.put)
        self._remembered = None

    def tell_of_faults(self, event: Event, was: Session, session: Session) -> None:
        """Log what went wrong or works again, by an event that leads to a new session."""
        if session.fault and session.fault is not was.fault:
            self._log_fault(session.fault)
        elif isinstance(event, Failed) and session.fault is None and session is not was:
            self._log_passed_over(event.fault)
        elif isinstance(event, Mended) and was.fault and not session.fault:
            _log.info("%s: works again", was.fault.cause.value)

    def _log_asked(self, command: Remember) -> None:
        if self.parts.log_observations and command.choice is not None:
            _log.info("asked for %s → %s", command.asked, command.choice.song.name)

    def _log_fault(self, fault: Fault) -> None:
        """Log a fault; which song was chosen is nothing for the log, and ``mien status`` names it."""
        named = self.parts.log_observations or fault.cause not in OF_A_SONG
        _log.error("fault: %s: %s", fault.cause.value, fault.what if named else "mien status names it")

    def _log_passed_over(self, fault: Fault) -> None:
        what = fault.what if self.parts.log_observations else "mien status names it"
        _log.warning("a song was passed over: %s: %s", fault.cause.value, what)
