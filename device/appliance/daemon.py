"""The composition root: builds the box in dependency order from its settings, runs it, and takes it down in reverse.

settings ─▶ control socket's name ─▶ release (models, song table) ─▶ drivers ─▶ appliance ─▶ control socket ─▶ ready

With simulated drivers it is the same box, and whoever builds it reaches their levers through its parts.
"""

import logging
import signal
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from device.appliance.board import board_health
from device.appliance.drivers import (
    Wait,
    build_camera,
    build_classifier,
    build_clock,
    build_detector,
    build_mounting_check,
    build_player,
    describe_camera,
    signs_of_camera,
)
from device.appliance.loop.appliance import Appliance
from device.appliance.loop.parts import Parts
from device.appliance.memory_lock import MemoryLock, give_memory_back
from device.appliance.panel_driver import build_knob, build_panel, build_power
from device.appliance.self_check import SelfCheck
from device.appliance.systemd import find_supervisor
from device.errors import MienError
from device.files.card_writer import CardWriter, Writer, write_at_once
from device.observation.perception import FaceReader
from device.observation.resting.names import ANYBODY
from device.panel.gestures import HOLD_SECONDS, LONG_HOLD_SECONDS, WARNING_SECONDS, Gesture
from device.player.player import Player
from device.recommendation.playable_songs import PlayableSongs
from device.recommendation.recommendation import Recommender
from device.recommendation.song_table import read_song_table
from device.releases.auto_rollback import AutoRollback
from device.releases.manifest import FACE_MODEL, SONG_TABLE, Manifest, verify
from device.session.asked_music import Skip
from device.session.history import History
from device.session.hours.hours import Hours
from device.session.hours.wall_clock import WallClock
from device.session.machine.session import Session
from device.session.resting_faces import RestingFaces
from device.session.song_choice import SongChoice
from device.session.surroundings import Surroundings
from device.session.taste_file import TasteFile
from device.session.volume.kept_volume import KeptVolume
from device.session.volume.volume import LOUDEST
from device.session.volume.volume_control import VolumeControl
from device.settings.loaded import LoadedSettings
from device.settings.sections import HistorySettings, Settings
from device.status.control_server import ControlServer
from device.status.control_socket import (
    Answer,
    checked_aiming_seconds,
    checked_calibration_seconds,
    checked_goal,
    checked_hold_seconds,
    checked_minutes,
    checked_name,
    checked_percent,
    checked_title,
)
from device.status.control_socket_file import ControlSocketFile
from device.status.status import LoadedParts

_log = logging.getLogger(__name__)

_SCAN_PATIENCE_SECONDS = 1.0
"""Enough to look for a hundred thousand files. With more, or on a slow disk, the box is ready before it knows them."""

_OPENING_PATIENCE_SECONDS = 1.0
"""Enough to read the history. On a card that stalls, the box is ready before it knows what was played last."""

LAST_WRITE_SECONDS = 20.0
"""How long the end waits for the card to take what was seen and played last; less than the unit's TimeoutStopSec."""


@dataclass(frozen=True, slots=True)
class LoadedRelease:
    """What a release brings: the means to read faces, and to choose songs."""

    manifest: Manifest
    face_reader: FaceReader
    recommender: Recommender
    songs: PlayableSongs


@dataclass(frozen=True, slots=True)
class Box:
    """A whole box, built and at rest."""

    appliance: Appliance
    parts: Parts
    auto_rollback: AutoRollback

    def run(self, *, keep: Callable[[], None] | None = None) -> None:
        """Serve until the appliance is stopped.

        :param keep: called at every turn of the main loop, at least once a second; what it raises ends the loop.
        """
        self.appliance.run(when_ready=self.auto_rollback.confirm, keep=keep)


def run(settings: Settings, file: Path | None = None) -> None:
    """Be the daemon until SIGTERM or SIGINT.

    :param file: where the settings come from, to notice when it says something else; None for the default file.
    :raises MienError: if it cannot start.
    """
    give_memory_back()
    memory = MemoryLock()
    memory.lock()  # before there is any picture
    with (
        # First of all, so that a second daemon is refused before it touches anything of the first one's.
        closing(ControlSocketFile(settings.paths.control_socket)) as socket_file,
        build_box(settings, memory=memory, settings_state=LoadedSettings(settings, file).state) as box,
        closing(ControlServer(socket_file, lambda request: serve(box.appliance, request))) as control,
    ):
        control.start()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: box.appliance.stop())
        box.run(keep=control.keep)


@contextmanager
def build_box(
    settings: Settings,
    *,
    memory: MemoryLock | None = None,
    settings_state: Callable[[], Mapping[str, Any]] = lambda: {"file": "", "trouble": None},
) -> Generator[Box]:
    """Build a box that nobody can ask yet; on leaving the context it is taken down.

    :param memory: the lock on this process' memory, if whoever builds the box has made one.
    :param settings_state: which file they come from and whether it says something else by now, if they have one.
    :raises MienError: if a part cannot be had.
    """
    with ExitStack() as stack:
        clock, wait = build_clock(settings.clock)
        started_at = clock()
        supervisor = find_supervisor()
        # The panel is taken first of all: that puts out what a daemon that was killed left lit.
        panel = stack.enter_context(closing(build_panel(settings.panel, wait=wait)))
        paths, remembered = settings.paths, settings.history
        auto_rollback = AutoRollback(paths.release_folder, paths.state_folder, settings.release.signers)
        stack.enter_context(auto_rollback)
        history, writer = stack.enter_context(
            _history_kept_aside(paths.history_file, remembered, alive=supervisor.alive)
        )  # the last write is waited for when the devices are let go of
        loaded = load_release(settings, wait=wait)
        resting = resting_faces(settings, loaded.manifest, writer=writer)
        songs = SongChoice(
            loaded.recommender,
            settings.programme,
            settings.recommendation.avoid_recent,
            history,
            tastes(settings, loaded, writer=writer),
        )
        stack.callback(loaded.face_reader.camera.close)
        loaded.face_reader.camera.prepare()
        player = stack.enter_context(closing(build_player(settings.sound)))
        around = surroundings(settings, loaded.manifest, player, writer=writer, now=started_at)
        stack.callback(around.volume.keep)
        knob = stack.enter_context(closing(build_knob(settings.panel)))
        parts = Parts(
            face_reader=loaded.face_reader,
            observation=settings.observation,
            recommender=loaded.recommender,
            songs=songs,
            player=player,
            panel=panel,
            knob=knob,
            power=build_power(settings.panel),
            clock=clock,
            supervisor=supervisor,
            history=history,
            resting_faces=resting,
            log_observations=remembered.log_observations,
            memory=memory or MemoryLock(),
            board_health=board_health,
            music_folder=paths.music_folder,
            chime_folder=_chime_folder() if settings.sound.chimes else None,
            look_for_songs=loaded.songs.rescan,
            count_songs=loaded.songs.keep_count,
            self_check=SelfCheck(settings, panel, player, knob),
            surroundings=around,
            camera_signs=lambda: signs_of_camera(settings.camera),
            look_at_start=settings.camera.driver != "simulated",  # there is no cable that could be loose
            settings_state=settings_state,
        )
        loaded_parts = _loaded_parts(loaded, settings, started_at, auto_rollback.notice)
        session = Session(since=started_at, rules=settings.observation)
        yield Box(Appliance(parts, session, loaded_parts), parts, auto_rollback)


def serve(appliance: Appliance, request: Answer) -> Answer:
    """Answer one request from the control socket.

    :raises ValueError: if the request is none of ``status``, ``examine``, ``listen``, ``unwritten``, ``press``,
        ``aim``, ``calibrate``, ``forget_resting_face``, ``clear_history``, ``play``, ``next``, ``stop``, ``volume``
        and ``forget_tastes``, or asks the impossible.
    """
    if answer := _answer_about_faces(appliance, request) or _answer_about_music(appliance, request):
        return answer
    match request:
        case {"command": str() as command} if command in _ANSWERS:
            return _ANSWERS[command](appliance)
        case {"command": "volume", **wish}:
            return _volume_answer(appliance, wish)
        case {"command": "press", "hold_seconds": seconds}:
            return {"pressed": appliance.press(*_gestures(checked_hold_seconds(seconds)))}
        case _:
            known = (
                "status, examine, listen, unwritten, clear_history, forget_tastes, next, stop, aim with seconds, "
                "calibrate with name and seconds, forget_resting_face with name, play with mood or like, volume with "
                "percent or by, and press with hold_seconds"
            )
            msg = f"unknown request {request}: known are {known}"
            raise ValueError(msg)


def _answer_about_faces(appliance: Appliance, request: Answer) -> Answer | None:
    """Answer what needs the camera or is about a resting face, None if it is another request."""
    match request:
        case {"command": "aim", "seconds": seconds}:
            return {"aiming": appliance.aim(checked_aiming_seconds(seconds))}
        case {"command": "calibrate", "seconds": seconds, **rest}:
            name, seconds = checked_name(rest.get("name", ANYBODY)), checked_calibration_seconds(seconds)
            return _outcome("calibrating", lambda: appliance.calibrate(name, seconds), otherwise=False)
        case {"command": "forget_resting_face", "name": name}:
            whose = None if name is None else checked_name(name)
            return _outcome("forgotten", lambda: appliance.forget_resting_faces(whose), otherwise=0)
        case _:
            return None


def _answer_about_music(appliance: Appliance, request: Answer) -> Answer | None:
    match request:
        case {"command": "play", "mood": str() as mood, **rest}:
            wish: dict[str, Any] = {"mood": mood}
        case {"command": "play", "like": like, **rest}:
            wish = {"like": checked_title(like)}
        case _:
            return None
    minutes, goal = rest.get("minutes"), rest.get("goal")
    wish |= {} if minutes is None else {"minutes": checked_minutes(minutes)}
    wish |= {} if goal is None else {"goal": checked_goal(goal)}
    return _outcome("asked_for", lambda: appliance.music.play(**wish), "")


def _volume_answer(appliance: Appliance, wish: Answer) -> Answer:
    percent, by = wish.get("percent"), wish.get("by")
    asked: dict[str, int] = {} if percent is None else {"percent": checked_percent(percent)}
    asked |= {} if by is None else {"by": checked_percent(by, least=-LOUDEST)}
    return _outcome("volume", lambda: appliance.volume.asked(**asked), None)


def load_release(settings: Settings, *, wait: Wait = time.sleep) -> LoadedRelease:
    """Verify the release and load what it brings.

    :param wait: how time passes between the frames of a simulated camera.
    :raises ReleaseError: naming the file that is missing or damaged.
    """
    folder = settings.paths.release_folder.resolve()  # one release, though the link be moved meanwhile
    manifest = verify(folder)
    detector = build_detector(settings.faces)
    face_reader = FaceReader(
        camera=build_camera(settings.camera, search_width=settings.faces.detection_width, wait=wait),
        detector=detector,
        classifier=build_classifier(settings.emotion, folder / FACE_MODEL),
        settings=settings.faces,
        mounting_check=build_mounting_check(settings.camera, settings.faces, detector),
    )
    table = read_song_table(folder / SONG_TABLE)
    songs = PlayableSongs(table, settings.paths.music_folder)
    songs.scan(patience_seconds=_SCAN_PATIENCE_SECONDS)
    recommender = Recommender(table, songs.playable, settings.recommendation, settings.places, songs.is_present)
    return LoadedRelease(manifest, face_reader, recommender, songs)


def resting_faces(settings: Settings, manifest: Manifest, *, writer: Writer = write_at_once) -> RestingFaces:
    """Read which resting faces are kept, for the face model of a release."""
    model = manifest.versions.get(FACE_MODEL, manifest.release_id)
    if settings.emotion.classifier == "simulated":
        model = "simulated"
    return RestingFaces(settings.paths.resting_file, model=model, is_used=settings.faces.resting, writer=writer)


def tastes(settings: Settings, loaded: LoadedRelease, *, writer: Writer = write_at_once) -> TasteFile:
    """Read what was learnt of the songs of a release."""
    table = loaded.manifest.files.get(SONG_TABLE)
    return TasteFile(
        settings.paths.taste_file,
        is_used=settings.programme.learning,
        table=loaded.recommender.table,
        digest=table.sha256 if table else "",
        writer=writer,
    )


def surroundings(
    settings: Settings, manifest: Manifest, player: Player, *, writer: Writer = write_at_once, now: float
) -> Surroundings:
    """Read the volume that was kept, and put together what hands and hours make of the box."""
    kept = KeptVolume(settings.paths.volume_file, start=settings.sound.start_volume_percent, writer=writer)
    quiet = settings.quiet_hours
    volume = VolumeControl(player, settings.sound, kept, most_by_night=quiet.night_volume_percent)
    clock = WallClock(built=manifest.created, trusted=quiet.trust_clock)
    return Surroundings(volume, Hours(quiet, clock), settings.rest, now=now)


@contextmanager
def _history_kept_aside(
    path: Path, settings: HistorySettings, *, alive: Callable[[], None]
) -> Generator[tuple[History, CardWriter]]:
    """Keep the history by a thread of its own, which may write other files too; its last write is waited for.

    :param alive: feeds the watchdog during that wait.
    """
    writer = CardWriter()
    history = History(path, enabled=settings.enabled, keep_days=settings.keep_days, writer=writer)
    writer.wait(_OPENING_PATIENCE_SECONDS)
    try:
        yield history, writer
    finally:
        history.close()
        if not writer.end(LAST_WRITE_SECONDS, meanwhile=alive):
            left = len(history.unwritten())
            lost = (
                f"the last entries of the history may be lost ({left})" if left else "the history's entries are whole"
            )
            _log.log(
                logging.ERROR if left else logging.WARNING,
                "the memory card was not done within %.0f s: %s",
                LAST_WRITE_SECONDS,
                lost,
            )


def _loaded_parts(loaded: LoadedRelease, settings: Settings, started_at: float, release_notice: str) -> LoadedParts:
    return LoadedParts(
        manifest=loaded.manifest,
        playable=loaded.recommender.playable,
        camera=describe_camera(settings.camera),
        started_at=started_at,
        release_notice=release_notice,
    )


def _outcome(name: str, wish: Callable[[], object], otherwise: object) -> Answer:
    """Answer with what a wish came to under ``name``, or with what hindered it, and ``otherwise`` in its place."""
    try:
        return {name: wish(), "trouble": None}
    except MienError as error:
        return {name: otherwise, "trouble": error.document()}


def _skip_answer(skip: Skip) -> Answer:
    return {"skipped": skip is Skip.DONE, "chooses": skip is Skip.CHOOSES}


_ANSWERS: Mapping[str, Callable[[Appliance], Answer]] = {
    "status": Appliance.status,
    "examine": Appliance.examine,
    "listen": lambda appliance: _outcome("played_on", appliance.listen, ""),
    "unwritten": lambda appliance: appliance.unwritten(),
    "next": lambda appliance: _skip_answer(appliance.music.skip()),
    "stop": lambda appliance: {"stopped": appliance.music.stop()},
    "forget_tastes": lambda appliance: _outcome("forgotten", appliance.forget_tastes, 0),
    "clear_history": lambda appliance: _outcome("cleared", appliance.clear_history, 0),
}
"""What answers a request that is a command and nothing else."""


def _gestures(hold_seconds: float) -> tuple[Gesture, ...]:
    """Return what a finger would have meant, one after the other."""
    if hold_seconds >= LONG_HOLD_SECONDS:
        return (Gesture.LONG_HOLD,)
    if hold_seconds >= HOLD_SECONDS:
        return (Gesture.HOLD, Gesture.HELD) if hold_seconds < WARNING_SECONDS else (Gesture.HOLD,)
    return (Gesture.SHORT,)


def _chime_folder() -> Path:
    return Path(str(resources.files("device.player") / "chimes"))
