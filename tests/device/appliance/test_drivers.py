"""The drivers that the settings name: here those that every machine has."""

import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from device.appliance.drivers import (
    build_camera,
    build_classifier,
    build_clock,
    build_detector,
    build_player,
    describe_camera,
)
from device.camera.recorded_camera import RecordedCamera
from device.camera.simulated_camera import SimulatedCamera
from device.emotion.simulated_emotion_classifier import SimulatedEmotionClassifier
from device.emotion.tflite_emotion_classifier import TFLiteEmotionClassifier
from device.errors import CameraError, ModelError
from device.faces.haar_face_detector import HaarFaceDetector
from device.faces.simulated_face_detector import SimulatedFaceDetector
from device.player.simulated_player import SimulatedPlayer
from device.settings.sections import (
    CameraSettings,
    ClockSettings,
    EmotionSettings,
    FaceSettings,
    SoundSettings,
)

MODEL = Path(__file__).parents[3] / "models" / "face_emotion"


def test_a_box_tells_the_time_by_its_machine_unless_it_is_simulated() -> None:
    assert build_clock(ClockSettings()) == (time.monotonic, time.sleep)
    clock, wait = build_clock(ClockSettings(driver="simulated"))
    wait(15)
    assert clock() == 15


def test_a_simulated_camera_has_the_size_the_pace_and_the_light_of_the_settings() -> None:
    waited: list[float] = []
    settings = CameraSettings(driver="simulated", width=320, height=240, frames_per_second=20, lux=4)
    camera = build_camera(settings, search_width=320, wait=waited.append)
    assert isinstance(camera, SimulatedCamera)
    with camera.open() as frames:
        frame, later = next(frames), next(frames)
    assert (frame.luma.shape, frame.lux) == ((240, 320), 4)
    assert later.timestamp == pytest.approx(0.05)
    assert waited == pytest.approx([0.05])


def test_each_camera_is_named_for_a_person(tmp_path: Path) -> None:
    assert isinstance(
        build_camera(CameraSettings(driver="recorded", recording=tmp_path), search_width=320), RecordedCamera
    )
    assert describe_camera(CameraSettings(driver="recorded", recording=tmp_path / "clip.mp4")) == "recording clip.mp4"
    assert describe_camera(CameraSettings(driver="v4l2")) == "v4l2 /dev/video0, 640 × 480"
    assert describe_camera(CameraSettings(driver="simulated")) == "simulated, 640 × 480"
    assert describe_camera(CameraSettings()) == "picamera2, 640 × 480"
    turned = CameraSettings(module="imx708", rotation=180, mirror=True)
    assert describe_camera(turned) == "picamera2 imx708, 640 × 480, turned by 180°, mirrored"
    assert describe_camera(CameraSettings(driver="v4l2", mirror=True)) == "v4l2 /dev/video0, 640 × 480, mirrored"


def test_the_camera_module_of_the_settings_is_the_one_that_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = SimpleNamespace(
        global_camera_info=lambda: [{"Model": "imx708", "Id": "/base/soc/i2c0mux/i2c@1/imx708@1a"}]
    )
    monkeypatch.setitem(sys.modules, "picamera2", SimpleNamespace(Picamera2=listed))
    camera = build_camera(CameraSettings(module="imx477"), search_width=320)
    with pytest.raises(CameraError, match=r"no camera module 'imx477' \(present: 0 imx708\)"), camera.open():
        pass


@pytest.mark.parametrize("somebody", [True, False])
def test_a_simulated_detector_finds_somebody_or_nobody(*, somebody: bool) -> None:
    detector = build_detector(FaceSettings(detector="simulated", somebody=somebody))
    assert isinstance(detector, SimulatedFaceDetector)
    assert detector.somebody == somebody
    assert isinstance(build_detector(FaceSettings()), HaarFaceDetector)


def test_a_simulated_classifier_reads_the_named_expression_and_needs_no_model(tmp_path: Path) -> None:
    simulated = build_classifier(EmotionSettings(classifier="simulated", expression="fear"), tmp_path)
    assert isinstance(simulated, SimulatedEmotionClassifier)
    assert simulated.expression() == "fear"
    with pytest.raises(ModelError):
        build_classifier(EmotionSettings(), tmp_path)
    assert isinstance(build_classifier(EmotionSettings(), MODEL), TFLiteEmotionClassifier)


def test_a_simulated_player_needs_no_libvlc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vlc", None)
    player = build_player(SoundSettings(output="simulated"))
    assert isinstance(player, SimulatedPlayer)
    assert player.check() == "simulated, nothing is heard"
