"""Run one observation and explain it.

If the daemon runs, it is asked to observe, and plays the song as after a press of the button. Without a daemon this
command watches by itself and plays nothing.
"""

import argparse
import time
from collections.abc import Mapping
from pathlib import Path

from device.commands._daemon_settings import settings_to_ask_by
from device.commands._outcome import press_button
from device.commands._output import say
from device.commands._parser import add_config_argument
from device.errors import CameraError, ControlError, GivenUpError, NotRunningError
from device.settings.sections import Settings
from device.status.control_socket import Status, ask
from device.status.text import felt_line
from device.status.why_this_song import explanation_lines

_POLL_SECONDS = 0.2
_PROGRESS_SECONDS = 3.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_config_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Observe, through the daemon if it runs."""
    settings = settings_to_ask_by(arguments.config)
    try:
        status = ask(settings.paths.control_socket, {"command": "status"})
    except (NotRunningError, GivenUpError):  # any other daemon has the camera in hand
        lines = observe_alone(settings)
    else:
        status = observe_through_daemon(settings.paths.control_socket, status)
        lines = explanation_lines(status["last_observation"], _its_recommendation(status), status["notice"])
    say(*lines)
    return 0


def observe_through_daemon(socket: Path, before: Status) -> Status:
    """Press the button and wait until the observation led to a song, a notice or a fault.

    :raises ControlError: if the daemon is busy, or somebody holds the button.
    :raises CameraError: if the observation ended in a fault, with the fault's own words.
    """
    if before["state"] not in {"idle", "fault"}:
        what = f"the daemon is {before['state']}"
        raise ControlError(what, mend="stop it first: mien press --hold 1")
    press_button(socket)
    progress = _Progress()
    while True:
        time.sleep(_POLL_SECONDS)
        status = ask(socket, {"command": "status"})
        if watching := status["watching"]:
            progress.tell(watching["elapsed_seconds"], watching["duration_seconds"], watching["seconds"])
        begun = status["observations"] > before["observations"]
        if begun and status["fault"]:
            raise CameraError(status["fault"]["what"], mend=status["fault"]["mend"])
        if begun and status["state"] not in {"observing", "recommending"}:
            return status


def observe_alone(settings: Settings) -> list[str]:
    """Watch without a daemon; return the explanation.

    :raises MienError: if the release or the camera fails.
    """
    from device.appliance.daemon import (  # noqa: PLC0415 - loads OpenCV and the runtime, not needed beside a daemon
        load_release,
        resting_faces,
    )
    from device.appliance.drivers import build_clock  # noqa: PLC0415
    from device.observation.corrected import observer_for  # noqa: PLC0415
    from device.observation.observation import Observer  # noqa: PLC0415
    from device.observation.resting.choice import Household  # noqa: PLC0415
    from device.observation.run import observe_once  # noqa: PLC0415
    from device.status.status import describe_observation, describe_recommendation  # noqa: PLC0415

    _, wait = build_clock(settings.clock)
    loaded = load_release(settings, wait=wait)
    labels = loaded.face_reader.classifier.labels
    household = Household(resting_faces(settings, loaded.manifest).in_force)
    observer = observer_for(lambda: Observer(labels, settings.observation, settings.places), household)
    progress = _Progress()
    try:
        observation = observe_once(
            loaded.face_reader,
            observer,
            on_streaming=lambda: progress.tell(0.0, observer.duration_seconds, {}),
            on_result=lambda _: progress.tell(
                observer.elapsed_seconds, observer.duration_seconds, observer.seconds_so_far
            ),
        )
    finally:
        loaded.face_reader.camera.close()
    seen = describe_observation(observation)
    if observation.wrong_mounting:
        return explanation_lines(seen, None, observation.wrong_mounting.notice)
    if not observation.suffices(settings.observation.minimum_coverage):
        return explanation_lines(seen, None, "too little of a face was seen; sit in the light, before the camera")
    recommendation = loaded.recommender.recommend(observation)
    if not recommendation.ranked:
        return explanation_lines(seen, None, f"none of the songs is under {settings.paths.music_folder}")
    return explanation_lines(seen, describe_recommendation(recommendation, 0), "")


class _Progress:
    """Says what was seen so far, every few seconds; nothing before the camera streams."""

    def __init__(self) -> None:
        self._next = 0.0

    def tell(self, elapsed: float, duration: float, seconds: Mapping[str, float]) -> None:
        """Say it, if it is time to, after ``elapsed`` seconds of ``duration``; ``seconds`` are by emotion."""
        if elapsed < self._next:
            return
        say(f"{elapsed:4.0f} s: {felt_line(seconds)}" if elapsed else f"Watching for {duration:g} s:")
        self._next = elapsed - elapsed % _PROGRESS_SECONDS + _PROGRESS_SECONDS


def _its_recommendation(status: Status) -> Status | None:
    """Return the recommendation of the last observation, None if that one led to no song."""
    recommendation: Status | None = None if status["notice"] else status["last_recommendation"]
    return recommendation
