"""The main loop with simulated parts: what is commanded really happens, and the light tells the truth."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from device.appliance.daemon import serve
from device.appliance.main_loop import Appliance, Parts
from device.appliance.simulated_host import SimulatedClock, SimulatedPower
from device.camera.simulated_camera import SimulatedCamera
from device.emotion.labels import FACE_LABELS, SONG_LABELS
from device.emotion.simulated_emotion_classifier import SimulatedEmotionClassifier
from device.emotion.vectors import song_vectors
from device.faces.simulated_face_detector import SimulatedFaceDetector
from device.observation.perception import FaceReader
from device.panel.panel import Light
from device.panel.simulated_panel import SimulatedPanel
from device.player.player import PlaybackEnd
from device.player.simulated_player import SimulatedPlayer
from device.recommendation.recommendation import Recommender
from device.recommendation.song_table import Header, Song, SongTable
from device.releases.manifest import Manifest
from device.session.history import History, read_history
from device.session.session import Session
from device.settings.sections import ObservationSettings
from device.status.status import LoadedParts
from device.status.text import status_lines

SONGS = 8


class Heard:
    """A supervisor that keeps what it was told."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def ready(self, status: str) -> None:
        self.words.append(f"ready: {status}")

    def alive(self) -> None:
        self.words.append("alive")

    def stopping(self) -> None:
        self.words.append("stopping")


@dataclass
class Bench:
    """A whole box of simulated parts, running in a thread."""

    folder: Path
    clock: SimulatedClock = field(default_factory=SimulatedClock)
    panel: SimulatedPanel = field(default_factory=SimulatedPanel)
    player: SimulatedPlayer = field(default_factory=SimulatedPlayer)
    power: SimulatedPower = field(default_factory=SimulatedPower)
    supervisor: Heard = field(default_factory=Heard)
    expression: str = "happiness"
    faces: bool = True
    gate: threading.Event = field(default_factory=threading.Event)
    looks: list[float] = field(default_factory=list)
    """When the box looked for songs that were missing."""

    def __post_init__(self) -> None:
        self.gate.set()
        self.camera = SimulatedCamera(wait=self._wait)
        detector = SimulatedFaceDetector() if self.faces else SimulatedFaceDetector(lambda _: [])
        face_reader = FaceReader(self.camera, detector, SimulatedEmotionClassifier(lambda: self.expression))
        table = song_table(self.folder)
        self.history = History(self.folder / "state" / "history.sqlite")
        parts = Parts(
            face_reader=face_reader,
            observation=ObservationSettings(),
            recommender=Recommender(table, np.ones(SONGS, dtype=np.bool_)),
            player=self.player,
            panel=self.panel,
            power=self.power,
            clock=self.clock,
            supervisor=self.supervisor,
            history=self.history,
            board_health=dict,
            music_folder=self.folder,
            chime_folder=self.folder / "chimes",
            avoid_recent=0,
            look_for_songs=lambda: self.looks.append(self.clock.now()),
        )
        manifest = Manifest("test", "2026-11-23", {}, {"face_emotion": "1"}, {"face": FACE_LABELS})
        loaded = LoadedParts(manifest, np.ones(SONGS, dtype=np.bool_), "simulated", 0.0)
        self.appliance = Appliance(parts, Session(rules=ObservationSettings()), loaded)
        self.thread = threading.Thread(target=self.appliance.run)

    def _wait(self, seconds: float) -> None:
        self.gate.wait(5)
        self.clock.advance(seconds)

    def press(self, hold_seconds: float = 0) -> None:
        assert serve(self.appliance, {"command": "press", "hold_seconds": hold_seconds}) == {"pressed": True}

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            status = self.appliance.status()
            if wanted(status):
                return status
            time.sleep(0.002)
        pytest.fail(f"waited in vain: {self.appliance.status()}")

    def until_state(self, state: str) -> dict[str, Any]:
        return self.until(lambda status: status["state"] == state)

    @property
    def chimes(self) -> list[str]:
        return [path.stem for path in self.player.chimes]


def song_table(folder: Path) -> SongTable:
    angles = np.deg2rad(157.5 - 45 * np.arange(SONGS))
    valence, arousal = 0.6 * np.cos(angles), 0.6 * np.sin(angles)
    vectors = song_vectors(valence, arousal, sigma_valence=0.25, sigma_arousal=0.25)
    songs = []
    for row, label in enumerate(SONG_LABELS):
        path = folder / f"{label}.ogg"
        path.write_bytes(b"")
        place, vector = (float(valence[row]), float(arousal[row])), tuple(float(value) for value in vectors[row])
        songs.append(Song(row + 1, path.name, label, "", "", 20.0, "", *place, vector))
    return SongTable(Header(1, 0.25, 0.25, "test"), tuple(songs))


@pytest.fixture
def bench(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Bench]:
    """A running box; a test may name the bench's fields by ``parametrize`` with ``indirect``."""
    running = Bench(tmp_path, **getattr(request, "param", {}))
    running.thread.start()
    running.until_state("idle")
    yield running
    running.gate.set()
    running.appliance.stop()
    running.thread.join(5)
    running.history.close()
    assert not running.thread.is_alive()
    assert not running.camera.is_open


def test_a_press_leads_to_the_nearest_song(bench: Bench) -> None:
    bench.press()
    status = bench.until_state("playing")
    assert [path.stem for path in bench.player.played] == ["happy"]
    assert bench.looks == [0.0]
    assert status["last_observation"]["seconds"]["happiness"] == pytest.approx(15)
    assert status["last_recommendation"]["reason"].startswith("15.0 s happiness → happy")
    bench.until(lambda _: bench.panel.light is Light.BREATH)
    assert bench.panel.lights == [Light.OFF, Light.ON, Light.PULSE, Light.BREATH]
    assert bench.chimes == ["ready", "start"]
    assert status["latencies"]["press_to_first_sound_seconds"] >= 15


def test_the_light_is_on_exactly_while_the_camera_is_open(bench: Bench) -> None:
    bench.gate.clear()
    bench.press()
    status = bench.until(lambda s: s["watching"] is not None and s["watching"]["face"])
    assert status["light"] == "on"
    assert bench.camera.is_open
    assert bench.panel.light is Light.ON
    bench.gate.set()
    bench.until_state("playing")
    assert not bench.camera.is_open
    bench.until(lambda _: bench.panel.light is Light.BREATH)


def test_the_end_of_a_song_leads_back_to_idle(bench: Bench) -> None:
    bench.press()
    bench.until_state("playing")
    bench.player.finish()
    bench.until_state("idle")
    bench.until(lambda _: bench.panel.light is Light.OFF)


def test_a_broken_song_is_a_fault_that_names_it(bench: Bench) -> None:
    bench.press()
    bench.until_state("playing")
    bench.player.fail(PlaybackEnd.BROKEN_FILE, "holds nothing that can be played")
    status = bench.until_state("fault")
    assert status["fault"]["cause"] == "song file"
    assert "happy.ogg" in status["fault"]["what"]
    bench.until(lambda _: bench.chimes[-1] == "error")
    assert status_lines(status)[0].startswith("WRONG")


def test_a_vanished_camera_is_a_fault_and_a_press_tries_again(bench: Bench) -> None:
    bench.camera.vanish()
    bench.press()
    assert bench.until_state("fault")["fault"]["cause"] == "camera"
    bench.until(lambda _: bench.panel.light is Light.BLINK_2)
    bench.camera.come_back()
    bench.press()
    bench.until_state("playing")


def test_without_a_sound_card_nobody_is_watched(bench: Bench) -> None:
    bench.player.unplug()
    bench.press()
    assert bench.until_state("fault")["fault"]["cause"] == "sound card"
    assert bench.camera.times_opened == 0


def test_a_card_that_comes_back_plays_after_the_next_press(bench: Bench) -> None:
    bench.press()
    bench.until_state("playing")
    bench.player.unplug()
    assert bench.until_state("fault")["fault"]["cause"] == "sound card lost"
    bench.until(lambda _: bench.panel.light is Light.BLINK_4)
    bench.player.plug_in()
    bench.press()
    bench.until_state("playing")


def test_a_song_that_is_gone_is_a_fault_that_names_it(bench: Bench) -> None:
    (bench.folder / "happy.ogg").unlink()
    bench.press()
    status = bench.until_state("fault")
    assert status["fault"]["cause"] == "song file"
    assert "happy.ogg" in status["fault"]["what"]
    bench.until(lambda _: bench.panel.light is Light.BLINK_6)
    bench.until(lambda _: bench.chimes[-1] == "error")


def test_the_player_is_told_how_long_the_table_says_a_song_is(bench: Bench) -> None:
    bench.press()
    bench.until_state("playing")
    assert bench.player.lengths == [20.0]


def test_five_presses_walk_through_the_ranking_and_the_next_observes_anew(bench: Bench) -> None:
    bench.press()
    ranked = bench.until_state("playing")["last_recommendation"]["ranked"]
    for place in range(1, 5):
        bench.press()
        bench.until(lambda s, place=place: s["last_recommendation"]["position"] == place)
    assert [path.name for path in bench.player.played] == [choice["path"] for choice in ranked]
    bench.press()
    bench.until(lambda s: s["observations"] == 2)


def test_a_hold_cancels_and_closes_the_camera(bench: Bench) -> None:
    bench.gate.clear()
    bench.press()
    bench.until(lambda s: s["watching"] is not None and s["watching"]["face"])
    bench.gate.set()
    bench.press(hold_seconds=1)
    status = bench.until_state("idle")
    assert not bench.camera.is_open
    assert status["last_observation"] is None
    assert bench.player.played == []


def test_a_long_hold_stops_everything_and_shuts_down(bench: Bench) -> None:
    bench.press()
    bench.until_state("playing")
    bench.press(hold_seconds=5)
    bench.until(lambda _: bench.power.is_off)
    assert not bench.player.is_playing
    assert bench.chimes[-1] == "goodbye"


@pytest.mark.parametrize("bench", [{"faces": False}], indirect=True)
def test_nobody_there_gets_a_kind_chime_and_no_song(bench: Bench) -> None:
    bench.press()
    status = bench.until(lambda s: s["last_observation"] is not None)
    assert status["state"] == "idle"
    assert "light on your face" in status["notice"]
    bench.until(lambda _: bench.chimes[-1] == "no_face")
    assert bench.player.played == []


def test_the_button_itself_is_read_by_its_edges(bench: Bench) -> None:
    bench.panel.down()
    bench.clock.advance(0.1)
    bench.panel.up()
    bench.until_state("playing")
    bench.panel.down()
    time.sleep(0.05)
    bench.clock.advance(1.1)
    bench.until_state("idle")
    bench.panel.up()
    bench.until_state("idle")
    assert bench.appliance.status()["observations"] == 1


def test_the_supervisor_hears_of_the_start_of_progress_and_of_the_end(bench: Bench) -> None:
    bench.press()
    bench.until_state("playing")
    bench.appliance.stop()
    bench.thread.join(5)
    assert bench.supervisor.words[0].startswith("ready: 8 songs")
    assert "alive" in bench.supervisor.words
    assert bench.supervisor.words[-1] == "stopping"


def test_an_unknown_request_names_the_known_ones(bench: Bench) -> None:
    with pytest.raises(ValueError, match="known are status, and press"):
        serve(bench.appliance, {"command": "sing"})


def test_only_numbers_are_remembered(bench: Bench) -> None:
    bench.press()
    bench.until_state("playing")
    path = bench.folder / "state" / "history.sqlite"
    bench.until(lambda _: bool(read_history(path, 1)))
    [entry] = read_history(path, 5)
    assert entry.song == "happy"
    assert entry.seconds["happiness"] == pytest.approx(15)
    assert {file.name for file in path.parent.iterdir()} == {path.name, f"{path.name}-wal", f"{path.name}-shm"}
