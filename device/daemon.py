"""The composition root: builds the box in dependency order from its settings, runs it, and takes it down in reverse.

settings ─▶ release (models, song table) ─▶ drivers ─▶ appliance ─▶ control socket ─▶ ready
"""

import logging
import signal
from contextlib import ExitStack
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from device.appliance import Appliance, Parts
from device.control import Answer, ControlServer
from device.drivers.board import board_health
from device.drivers.haar_face_detector import HaarFaceDetector
from device.drivers.system_clock import SystemClock
from device.drivers.tflite_emotion_classifier import TFLiteEmotionClassifier, run_golden
from device.events import Pressed
from device.gestures import HOLD_SECONDS, LONG_HOLD_SECONDS, Gesture
from device.history import History
from device.interfaces import Camera, Panel, Player, Power
from device.observing import Eyes, ObservationPlan
from device.recommendation import FaceVocabulary, Recommender
from device.release import FACE_MODEL, SONG_TABLE, Manifest, verify
from device.session import Rules, Session
from device.settings import CameraSettings, PanelSettings, Settings, SoundSettings
from device.song_table import read_song_table
from device.status import Inventory
from device.supervisor import find_supervisor

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Mind:
    """What a release brings: the way to see, and the way to choose."""

    manifest: Manifest
    eyes: Eyes
    plan: ObservationPlan
    recommender: Recommender


def run(settings: Settings) -> None:
    """Be the daemon until SIGTERM or SIGINT.

    :raises MienError: if it cannot start.
    """
    with ExitStack() as stack:
        clock = SystemClock()
        started_at = clock.now()
        supervisor = find_supervisor()
        mind = build_mind(settings)
        history = History(settings.paths.state_folder / "history.sqlite")
        player = build_player(settings.sound)
        stack.callback(player.close)
        panel = build_panel(settings.panel)
        stack.callback(panel.close)
        parts = Parts(
            eyes=mind.eyes,
            plan=mind.plan,
            recommender=mind.recommender,
            player=player,
            panel=panel,
            power=build_power(settings.panel),
            clock=clock,
            supervisor=supervisor,
            history=history,
            board_health=board_health,
            music_folder=settings.paths.music_folder,
            chime_folder=_chime_folder() if settings.sound.chimes else None,
            avoid_recent=settings.recommendation.avoid_recent,
        )
        rules = Rules(settings.observation.seconds, settings.observation.minimum_coverage)
        inventory = _inventory(mind, settings, started_at)
        appliance = Appliance(parts, Session(since=started_at, rules=rules), inventory)
        control = ControlServer(settings.paths.control_socket, lambda request: serve(appliance, request))
        stack.callback(control.close)
        control.start()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: appliance.stop())
        appliance.run()


def serve(appliance: Appliance, request: Answer) -> Answer:
    """Answer one request from the control socket.

    :raises ValueError: if the request is none of ``status`` and ``press``.
    """
    match request:
        case {"command": "status"}:
            return appliance.status()
        case {"command": "press", "hold_seconds": float() | int() as seconds}:
            appliance.post(Pressed(_gesture(float(seconds))))
            return {"pressed": True}
        case _:
            msg = f"unknown request {request}: known are status, and press with hold_seconds"
            raise ValueError(msg)


def build_mind(settings: Settings) -> Mind:
    """Verify the release and load what it brings.

    :raises ReleaseError: naming the file that is missing or damaged.
    """
    folder = settings.paths.release_folder
    manifest = verify(folder)
    eyes = Eyes(
        camera=build_camera(settings.camera),
        detector=HaarFaceDetector(
            detection_width=settings.faces.detection_width,
            scale_factor=settings.faces.scale_factor,
            minimum_face_share=settings.faces.minimum_face_share,
        ),
        classifier=TFLiteEmotionClassifier(folder / FACE_MODEL),
    )
    watching, choosing = settings.observation, settings.recommendation
    plan = ObservationPlan(watching.seconds, watching.maximum_hold_seconds, watching.credit)
    table = read_song_table(folder / SONG_TABLE)
    music = settings.paths.music_folder
    playable = table.present_under(music)
    if not playable.any():
        _log.warning("none of the %d songs is under %s", len(table.songs), music)
    vocabulary = FaceVocabulary(settings.places, choosing.sigma, choosing.k)
    recommender = Recommender(table, playable, vocabulary, choosing.query, choosing.top)
    return Mind(manifest, eyes, plan, recommender)


def try_release(folder: Path) -> None:
    """Load a release's models and table, and run the face model on its stored picture.

    :raises ReleaseError: if anything of it does not work on this machine.
    """
    run_golden(folder / FACE_MODEL)
    read_song_table(folder / SONG_TABLE)


def build_camera(settings: CameraSettings) -> Camera:
    """Choose the camera driver; nothing is opened yet."""
    pace = settings.frames_per_second
    match settings.driver:
        case "picamera2":
            from device.drivers.picamera2_camera import Picamera2Camera  # noqa: PLC0415 - loaded only where it is used

            return Picamera2Camera(width=settings.width, height=settings.height, frames_per_second=pace)
        case "v4l2":
            from device.drivers.v4l2_camera import V4L2Camera  # noqa: PLC0415

            return V4L2Camera(settings.device, width=settings.width, height=settings.height, frames_per_second=pace)
        case _:
            from device.drivers.recorded_camera import RecordedCamera  # noqa: PLC0415

            return RecordedCamera(settings.recording, paced=settings.paced, loop=settings.loop)


def build_player(settings: SoundSettings) -> Player:
    """Start libvlc.

    :raises PlayerError: if libvlc is missing.
    """
    from device.drivers.vlc_player import VLCPlayer  # noqa: PLC0415 - loads libvlc

    return VLCPlayer(
        output=settings.output,
        card=settings.card,
        recording=settings.recording if settings.output == "file" else None,
        start_volume_percent=settings.start_volume_percent,
        maximum_volume_percent=settings.maximum_volume_percent,
        fade_seconds=settings.fade_seconds,
    )


def build_panel(settings: PanelSettings) -> Panel:
    """Take the button and the LED.

    :raises PanelError: if the lines cannot be had.
    """
    if settings.driver == "simulated":
        from device.drivers.simulated import SimulatedPanel  # noqa: PLC0415

        return SimulatedPanel()
    from device.drivers.gpiozero_panel import GpiozeroPanel  # noqa: PLC0415

    return GpiozeroPanel(
        button_gpio=settings.button_gpio,
        led_gpio=settings.led_gpio,
        pull_up=settings.button_pull_up,
        led_active_high=settings.led_active_high,
    )


def build_power(settings: PanelSettings) -> Power:
    """Choose what a 5 s hold does."""
    if settings.power_off:
        from device.drivers.systemd_power import SystemdPower  # noqa: PLC0415

        return SystemdPower()
    from device.drivers.simulated import SimulatedPower  # noqa: PLC0415

    return SimulatedPower()


def describe_camera(settings: CameraSettings) -> str:
    """Name the camera for a person."""
    match settings.driver:
        case "recorded":
            return f"recording {settings.recording.name}"
        case "v4l2":
            return f"v4l2 {settings.device}, {settings.width} × {settings.height}"
        case _:
            return f"picamera2, {settings.width} × {settings.height}"


def _inventory(mind: Mind, settings: Settings, started_at: float) -> Inventory:
    loaded = int(mind.recommender.playable.sum())
    missing = len(mind.recommender.playable) - loaded
    sound = settings.sound
    where = {"alsa": f"ALSA card {sound.card or '(first)'}", "file": f"recorded into {sound.recording.name}"}
    return Inventory(
        manifest=mind.manifest,
        songs_loaded=loaded,
        songs_missing=missing,
        camera=describe_camera(settings.camera),
        sound=where.get(sound.output, sound.output),
        started_at=started_at,
    )


def _gesture(hold_seconds: float) -> Gesture:
    if hold_seconds >= LONG_HOLD_SECONDS:
        return Gesture.LONG_HOLD
    return Gesture.HOLD if hold_seconds >= HOLD_SECONDS else Gesture.SHORT


def _chime_folder() -> Path:
    return Path(str(resources.files("device") / "chimes"))
