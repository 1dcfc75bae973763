"""The levers of the simulated parts."""

from pathlib import Path

import numpy as np
import pytest

from device.appliance.host import Clock, Power, SystemClock
from device.appliance.simulated_host import SimulatedClock, SimulatedPower
from device.camera.camera import Camera
from device.camera.simulated_camera import SimulatedCamera
from device.emotion.classifier import EmotionClassifier
from device.emotion.simulated_emotion_classifier import SimulatedEmotionClassifier
from device.errors import CameraError, PlayerError
from device.faces.detector import FaceDetector
from device.faces.simulated_face_detector import SimulatedFaceDetector
from device.panel.panel import Light, Panel
from device.panel.simulated_panel import SimulatedPanel
from device.player.player import PlaybackEnd, Player
from device.player.simulated_player import SimulatedPlayer


def test_each_part_fits_its_interface() -> None:
    clock: Clock = SimulatedClock()
    clocks: list[Clock] = [clock, SystemClock()]
    parts: tuple[Camera, FaceDetector, EmotionClassifier, Player, Panel, Power] = (
        SimulatedCamera(),
        SimulatedFaceDetector(),
        SimulatedEmotionClassifier(),
        SimulatedPlayer(),
        SimulatedPanel(),
        SimulatedPower(),
    )
    assert len(parts) + len(clocks) == 8


def test_time_moves_only_when_told_and_never_back() -> None:
    clock = SimulatedClock(5)
    clock.advance(2.5)
    assert clock.now() == 7.5
    with pytest.raises(ValueError, match="does not go back"):
        clock.advance(-1)


def test_the_system_clock_never_goes_back() -> None:
    clock = SystemClock()
    assert clock.now() <= clock.now()


def test_fifteen_seconds_of_frames_take_no_time_with_a_simulated_clock() -> None:
    clock = SimulatedClock()
    camera = SimulatedCamera(frames_per_second=10, wait=clock.advance)
    with camera.open() as frames:
        while next(frames).timestamp < 15:
            pass
    assert clock.now() == pytest.approx(15)


def test_pictures_follow_the_script() -> None:
    clock = SimulatedClock()
    camera = SimulatedCamera(lambda seconds: np.full((4, 4), seconds * 100, np.uint8), wait=clock.advance)
    with camera.open() as frames:
        assert [int(next(frames).luma[0, 0]) for _ in range(3)] == [0, 10, 20]


def test_the_camera_is_open_only_inside_its_context() -> None:
    camera = SimulatedCamera()
    with camera.open():
        assert camera.is_open
    assert not camera.is_open
    assert camera.times_opened == 1


def test_a_camera_can_vanish_stall_and_come_back() -> None:
    clock = SimulatedClock()
    camera = SimulatedCamera(wait=clock.advance)
    for lever, trouble in ((camera.vanish, "vanished"), (camera.stall, "stalled")):
        with camera.open() as frames:
            next(frames)
            lever()
            with pytest.raises(CameraError, match=trouble):
                next(frames)
        camera.come_back()
    camera.vanish()
    with pytest.raises(CameraError, match="vanished"), camera.open():
        pass
    camera.come_back()
    with camera.open() as frames:
        assert next(frames).luma.shape == (480, 640)


def test_the_classifier_reads_what_the_script_says() -> None:
    clock = SimulatedClock()
    classifier = SimulatedEmotionClassifier(lambda: "sadness" if clock.now() > 8 else "surprise", certainty=0.8)
    crop = np.zeros((48, 48), dtype=np.uint8)
    shares = classifier.classify(crop)
    assert classifier.labels[shares.argmax()] == "surprise"
    assert shares.max() == pytest.approx(0.8)
    assert shares.sum() == pytest.approx(1)
    clock.advance(9)
    assert classifier.labels[classifier.classify(crop).argmax()] == "sadness"


def test_a_face_is_in_the_middle_unless_scripted_otherwise() -> None:
    luma = np.zeros((480, 640), dtype=np.uint8)
    [face] = SimulatedFaceDetector().detect(luma)
    assert (face.x + face.width / 2, face.y + face.height / 2) == (320, 240)
    assert SimulatedFaceDetector(lambda _: []).detect(luma) == []


def test_a_song_ends_when_a_lever_says_so(tmp_path: Path) -> None:
    song = tmp_path / "song.mp3"
    song.touch()
    player, ends = SimulatedPlayer(), []
    for lever in (player.finish, lambda: player.fail(PlaybackEnd.BROKEN_FILE, "scratched")):
        player.play(song, on_start=lambda: None, on_end=lambda end, why: ends.append((end, why)))
        assert player.is_playing
        lever()
        assert not player.is_playing
        lever()
    assert ends == [(PlaybackEnd.FINISHED, ""), (PlaybackEnd.BROKEN_FILE, "scratched")]
    assert player.played == [song, song]


def test_a_card_unplugged_under_a_song_ends_it(tmp_path: Path) -> None:
    song = tmp_path / "song.mp3"
    song.touch()
    player, ends = SimulatedPlayer(), []
    player.play(song, seconds=3.0, on_start=lambda: None, on_end=lambda end, _: ends.append(end))
    player.unplug()
    assert ends == [PlaybackEnd.CARD_LOST]
    assert not player.is_playing
    assert player.lengths == [3.0]


def test_an_unplugged_card_is_noticed(tmp_path: Path) -> None:
    player = SimulatedPlayer()
    player.unplug()
    for attempt in (player.check, lambda: player.play(tmp_path, on_start=lambda: None, on_end=lambda *_: None)):
        with pytest.raises(PlayerError, match="unplugged"):
            attempt()
    player.plug_in()
    assert "simulated" in player.check()


def test_a_press_lasts_as_long_as_it_is_told() -> None:
    clock, edges = SimulatedClock(), []
    panel = SimulatedPanel(wait=clock.advance)
    panel.press()  # nobody listens yet
    panel.listen(lambda: edges.append(clock.now()), lambda: edges.append(clock.now()))
    panel.press(1.5)
    assert edges == pytest.approx([0.1, 1.6])


def test_lights_are_remembered_and_off_after_closing() -> None:
    panel = SimulatedPanel()
    for light in (Light.ON, Light.ON, Light.BREATH):
        panel.show(light)
    panel.close()
    assert panel.lights == [Light.OFF, Light.ON, Light.BREATH, Light.OFF]


def test_power_off_is_only_noted() -> None:
    power = SimulatedPower()
    assert not power.is_off
    power.off()
    assert power.is_off
