"""The one place that chooses between drivers."""

from device.camera.camera import Camera
from device.errors import PlayerError
from device.faces.detector import FaceDetector
from device.player.player import Player
from device.settings.sections import CameraSettings, FaceSettings, SoundSettings


def build_camera(settings: CameraSettings, *, search_width: int = 320) -> Camera:
    """Choose the camera driver; nothing is opened yet.

    :param search_width: width in pixels of the picture in which faces are searched.
    """
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
            )
        case "v4l2":
            from device.camera.v4l2_camera import V4L2Camera  # noqa: PLC0415

            return V4L2Camera(settings.device, width=settings.width, height=settings.height, frames_per_second=pace)
        case _:
            from device.camera.recorded_camera import RecordedCamera  # noqa: PLC0415

            return RecordedCamera(settings.recording, paced=settings.paced, loop=settings.loop)


def build_detector(settings: FaceSettings) -> FaceDetector:
    """Choose the way faces are found, and load what it takes.

    :raises ModelError: if its file is missing or broken.
    """
    if settings.detector == "yunet":
        from device.faces.yunet_face_detector import YuNetFaceDetector  # noqa: PLC0415 - loaded only where it is used

        return YuNetFaceDetector(
            settings.yunet_file,
            detection_width=settings.detection_width,
            minimum_face_share=settings.minimum_face_share,
        )
    from device.faces.haar_face_detector import HaarFaceDetector  # noqa: PLC0415

    return HaarFaceDetector(
        detection_width=settings.detection_width,
        scale_factor=settings.scale_factor,
        minimum_face_share=settings.minimum_face_share,
    )


def build_player(settings: SoundSettings) -> Player:
    """Start libvlc; without it the box comes up all the same, and its player says what is missing."""
    from device.player.vlc_player import VLCPlayer  # noqa: PLC0415 - loads libvlc

    try:
        return VLCPlayer(
            output=settings.output,
            card=settings.card,
            recording=settings.recording if settings.output == "file" else None,
            start_volume_percent=settings.start_volume_percent,
            maximum_volume_percent=settings.maximum_volume_percent,
            fade_seconds=settings.fade_seconds,
        )
    except PlayerError as error:
        from device.player.absent_player import AbsentPlayer  # noqa: PLC0415

        return AbsentPlayer(error)


def describe_camera(settings: CameraSettings) -> str:
    """Name the camera for a person."""
    match settings.driver:
        case "recorded":
            return f"recording {settings.recording.name}"
        case "v4l2":
            return f"v4l2 {settings.device}, {settings.width} × {settings.height}"
        case _:
            return f"picamera2, {settings.width} × {settings.height}"
