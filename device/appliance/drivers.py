"""The one place that chooses between drivers; only the panel's choice stands by itself, in ``panel_driver``."""

import logging
import time
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import TYPE_CHECKING

from device.appliance.host import Clock
from device.camera.camera import Camera
from device.camera.signs import signs_of_devices, signs_of_file
from device.emotion.classifier import EmotionClassifier
from device.errors import ModelError, PlayerError
from device.faces.detector import FaceDetector
from device.observation.mounting import MountingCheck
from device.player.player import Player
from device.settings.sections import CameraSettings, ClockSettings, EmotionSettings, FaceSettings, SoundSettings

if TYPE_CHECKING:
    from device.faces.haar_face_detector import HaarFaceDetector

_log = logging.getLogger(__name__)

Wait = Callable[[float], None]
"""Lets so many seconds pass; :func:`time.sleep` waits for them."""


def build_clock(settings: ClockSettings) -> tuple[Clock, Wait]:
    """Choose the clock, and how simulated parts let time pass by it."""
    if settings.driver == "simulated":
        from device.appliance.simulated_host import SimulatedClock  # noqa: PLC0415 - loaded only where it is used

        clock = SimulatedClock()
        return clock, clock.advance
    return time.monotonic, time.sleep


def build_camera(settings: CameraSettings, *, search_width: int, wait: Wait = time.sleep) -> Camera:
    """Choose the camera driver; nothing is opened yet.

    :param search_width: width in pixels of the picture in which faces are searched.
    :param wait: how time passes between the frames of a simulated camera.
    """
    camera = _straight_camera(settings, search_width=search_width, wait=wait)
    turns_itself = settings.driver == "picamera2" and settings.rotation in {0, 180}
    if turns_itself or not (settings.rotation or settings.mirror):
        return camera
    from device.camera.turned_camera import TurnedCamera  # noqa: PLC0415 - loads OpenCV

    return TurnedCamera(camera, rotation=settings.rotation, mirror=settings.mirror)


def _straight_camera(settings: CameraSettings, *, search_width: int, wait: Wait) -> Camera:
    pace = settings.frames_per_second
    match settings.driver:
        case "picamera2":
            from device.camera.picamera2_camera import Picamera2Camera  # noqa: PLC0415 - loaded only where it is used

            return Picamera2Camera(
                width=settings.width,
                height=settings.height,
                frames_per_second=pace,
                slowest_frames_per_second=settings.slowest_frames_per_second,
                search_width=search_width,
                keep_ready=settings.keep_ready,
                upside_down=settings.rotation == 180,  # noqa: PLR2004 - degrees
                mirror=settings.mirror and settings.rotation in {0, 180},
                mains_hertz=settings.mains_hertz,
                module=settings.module,
            )
        case "v4l2":
            from device.camera.v4l2_camera import V4L2Camera  # noqa: PLC0415

            return V4L2Camera(settings.device, width=settings.width, height=settings.height, frames_per_second=pace)
        case "simulated":
            from device.camera.simulated_camera import SimulatedCamera, plain_grey  # noqa: PLC0415

            picture = plain_grey(settings.width, settings.height)
            return SimulatedCamera(picture, frames_per_second=pace, lux=settings.lux, wait=wait)
        case _:
            from device.camera.recorded_camera import RecordedCamera  # noqa: PLC0415

            return RecordedCamera(settings.recording, paced=settings.paced, loop=settings.loop)


def signs_of_camera(settings: CameraSettings) -> Hashable:
    """Say what changes when the camera comes or goes; nothing is opened."""
    match settings.driver:
        case "picamera2":
            return signs_of_devices()
        case "v4l2":
            return signs_of_file(Path(settings.device)), signs_of_devices()
        case "recorded":
            return signs_of_file(settings.recording)
        case _:
            return None


def build_detector(settings: FaceSettings) -> FaceDetector:
    """Choose the way faces are found, and load what it takes.

    :raises ModelError: if its file is missing or broken.
    """
    if settings.detector == "simulated":
        from device.faces.simulated_face_detector import SimulatedFaceDetector  # noqa: PLC0415

        return SimulatedFaceDetector(somebody=settings.somebody)
    if settings.detector == "yunet":
        from device.faces.yunet_face_detector import YuNetFaceDetector  # noqa: PLC0415 - loaded only where it is used

        return YuNetFaceDetector(
            settings.yunet_file,
            detection_width=settings.detection_width,
            minimum_face_share=settings.minimum_face_share,
        )
    return _haar_detector(settings)


def _haar_detector(settings: FaceSettings) -> "HaarFaceDetector":
    from device.faces.haar_face_detector import HaarFaceDetector  # noqa: PLC0415 - loads OpenCV

    return HaarFaceDetector(
        detection_width=settings.detection_width,
        scale_factor=settings.scale_factor,
        minimum_face_share=settings.minimum_face_share,
    )


def build_mounting_check(camera: CameraSettings, faces: FaceSettings, detector: FaceDetector) -> MountingCheck | None:
    """Choose what tells faces that are the wrong way up: the Haar cascade, whichever detector reads them.

    YuNet finds faces upside down nearly as surely as upright. None with a simulated detector, and where OpenCV brings
    no cascades.
    """
    if faces.detector == "simulated":
        return None
    from device.faces.haar_face_detector import HaarFaceDetector  # noqa: PLC0415
    from device.faces.turned_looks import TurnedLooks  # noqa: PLC0415

    try:
        cascade = detector if isinstance(detector, HaarFaceDetector) else _haar_detector(faces)
    except ModelError as error:
        _log.warning("a camera that hangs upside down would not be noticed: %s", error.what)
        return None
    looks = TurnedLooks(cascade, width=faces.detection_width)
    return MountingCheck(looks, camera.rotation, camera.mirror)


def build_classifier(settings: EmotionSettings, model_folder: Path) -> EmotionClassifier:
    """Choose what reads an expression, and load what it takes.

    :param model_folder: the release's model of faces, which a simulated classifier leaves alone.
    :raises ModelError: if the model is missing or broken.
    """
    if settings.classifier == "simulated":
        from device.emotion.simulated_emotion_classifier import SimulatedEmotionClassifier  # noqa: PLC0415

        return SimulatedEmotionClassifier(lambda: settings.expression)
    from device.emotion.tflite_emotion_classifier import TFLiteEmotionClassifier  # noqa: PLC0415 - loads the runtime

    return TFLiteEmotionClassifier(model_folder)


def build_player(settings: SoundSettings) -> Player:
    """Choose the player; without libvlc the box comes up all the same, and its player says what is missing."""
    if settings.output == "simulated":
        from device.player.simulated_player import SimulatedPlayer  # noqa: PLC0415

        return SimulatedPlayer()
    from device.player.vlc_player import VLCPlayer  # noqa: PLC0415 - loads libvlc

    try:
        return VLCPlayer(
            output=settings.output,
            card=settings.card,
            recording=settings.recording if settings.output == "file" else None,
            start_volume_percent=settings.start_volume_percent,
            maximum_volume_percent=settings.maximum_volume_percent,
            fade_seconds=settings.fade_seconds,
            lead_in_seconds=settings.lead_in_seconds,
            loudness_target=settings.loudness_target,
            chime_volume_percent=None if settings.chime_volume_percent < 0 else settings.chime_volume_percent,
        )
    except PlayerError as error:
        from device.player.absent_player import AbsentPlayer  # noqa: PLC0415

        return AbsentPlayer(error)


def describe_camera(settings: CameraSettings) -> str:
    """Name the camera for a person, and say how its pictures are turned."""
    size = f", {settings.width} × {settings.height}"
    match settings.driver:
        case "recorded":
            name = f"recording {settings.recording.name}"
        case "v4l2":
            name = f"v4l2 {settings.device}{size}"
        case "simulated":
            name = f"simulated{size}"
        case _:
            name = f"picamera2 {settings.module}".rstrip() + size
    turned = f", turned by {settings.rotation}°" if settings.rotation else ""
    return f"{name}{turned}{', mirrored' if settings.mirror else ''}"
