"""The main loop of a box whose parts are simulated: what is commanded really happens, and the light tells the truth."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from device.appliance import daemon
from device.appliance.daemon import serve
from device.camera.camera import Luma, Turn
from device.emotion.labels import FACE_LABELS, SONG_LABELS, Place
from device.errors import ControlError
from device.observation.mounting import MountingCheck
from device.observation.plane_place import MeanPlace
from device.panel.panel import Light
from device.player.levels import Loudness, Measured
from device.player.player import PlaybackEnd
from device.session.events import Tick
from device.session.history import read_history
from device.session.machine.advance import END_FADE_SECONDS
from device.status.text import status_lines
from tests.device.simulated_box import Gate, MakeBox, SimulatedBox
from tests.waiting import wait_until


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


def test_a_press_leads_to_the_nearest_song(box: SimulatedBox) -> None:
    box.press()
    status = box.until_state("playing")
    assert [path.stem for path in box.player.played] == ["happy"]
    assert status["last_observation"]["seconds"]["happiness"] == pytest.approx(15)
    assert status["last_recommendation"]["reason"].startswith("15.0 s happiness → happy")
    wait_until(lambda: box.panel.light is Light.BREATH)
    assert box.panel.lights == [Light.OFF, Light.ON, Light.PULSE, Light.BREATH]
    assert box.chimes == ["ready", "start"]
    assert status["latencies"]["press_to_first_sound_seconds"] >= 15


def test_a_press_that_changes_nothing_leaves_the_times_alone(box: SimulatedBox, gate: Gate) -> None:
    gate.shut()
    box.press()
    box.until(lambda s: s["watching"] is not None and s["watching"]["face"])
    box.press()
    gate.open()
    assert box.until_state("playing")["latencies"]["press_to_first_sound_seconds"] >= 15


def test_the_light_is_on_exactly_while_the_camera_is_open(box: SimulatedBox, gate: Gate) -> None:
    gate.shut()
    box.press()
    status = box.until(lambda s: s["watching"] is not None and s["watching"]["face"])
    assert status["light"] == "on"
    assert box.camera.is_open
    assert box.panel.light is Light.ON
    gate.open()
    box.until_state("playing")
    assert not box.camera.is_open
    wait_until(lambda: box.panel.light is Light.BREATH)


def test_without_a_programme_the_end_of_a_song_leads_back_to_idle(make_box: MakeBox, tmp_path: Path) -> None:
    with make_box(tmp_path, programme={"after_song": "stop"}) as box, box.running():
        box.press()
        box.until_state("playing")
        box.player.finish()
        box.until_state("idle")
        wait_until(lambda: box.panel.light is Light.OFF)


def test_songs_follow_one_another_until_the_time_is_over(make_box: MakeBox, tmp_path: Path) -> None:
    with make_box(tmp_path, programme={"minutes": 2.1}) as box, box.running():
        box.press()
        box.until_state("playing")
        lights = len(box.panel.lights)
        for songs in range(2, 5):
            box.until(lambda s, before=songs - 2: s["programme"]["songs_before"] == before and s["programme"]["next"])
            box.clock.advance(20)
            box.player.finish()
            wait_until(lambda songs=songs: len(box.player.played) == songs)
        box.clock.advance(20)
        box.player.finish()
        box.until_state("idle")
        assert len(set(box.player.played)) == 4, "none comes again while others are left"
        wait_until(lambda: box.panel.light is Light.OFF)
        assert box.panel.lights[lights - 1 :] == [Light.BREATH, Light.OFF]
        path = box.settings.paths.history_file
        wait_until(lambda: [entry.ended for entry in read_history(path, 9)] == ["ended"] * 4)


def test_the_music_fades_when_its_time_is_over_and_a_press_then_begins_anew(box: SimulatedBox) -> None:
    box.press()
    box.until_state("playing")
    assert box.session.evening
    evening = replace(box.session.evening, fade_at=box.clock())
    box.appliance.loop.session = replace(box.session, evening=evening)
    box.turn()
    box.until_state("idle")
    assert not box.player.is_playing
    assert box.player.fades == [END_FADE_SECONDS]
    box.press()
    box.until(lambda status: status["observations"] == 2)


def test_songs_that_cannot_be_played_are_passed_over_and_three_in_a_row_are_a_fault(box: SimulatedBox) -> None:
    box.press()
    box.until_state("playing")
    for songs in (2, 3):
        box.player.fail(PlaybackEnd.BROKEN_FILE, "holds nothing that can be played")
        wait_until(lambda songs=songs: len(box.player.played) == songs)
        assert box.until_state("playing")["fault"] is None
    last = box.player.played[-1].name
    box.player.fail(PlaybackEnd.BROKEN_FILE, "holds nothing that can be played")
    status = box.until_state("fault")
    assert status["fault"]["cause"] == "song file"
    assert f"3 songs in a row could not be played, at last {last}" in status["fault"]["what"]
    wait_until(lambda: box.chimes[-1] == "error")
    assert status_lines(status)[0].startswith("WRONG")


def test_a_vanished_camera_is_a_fault_and_a_press_tries_again(box: SimulatedBox) -> None:
    box.camera.vanish()
    box.press()
    assert box.until_state("fault")["fault"]["cause"] == "camera"
    wait_until(lambda: box.panel.light is Light.BLINK_2)
    box.camera.come_back()
    box.press()
    box.until_state("playing")


def test_without_a_sound_card_nobody_is_watched(box: SimulatedBox) -> None:
    box.player.unplug()
    box.press()
    assert box.until_state("fault")["fault"]["cause"] == "sound card"
    assert box.camera.times_opened == 0


def test_a_card_that_comes_back_plays_after_the_next_press(box: SimulatedBox) -> None:
    box.press()
    box.until_state("playing")
    box.player.unplug()
    assert box.until_state("fault")["fault"]["cause"] == "sound card lost"
    wait_until(lambda: box.panel.light is Light.BLINK_4)
    box.player.plug_in()
    box.press()
    box.until_state("playing")


def test_a_song_that_is_gone_is_passed_over_until_it_is_back(make_box: MakeBox, tmp_path: Path) -> None:
    with make_box(tmp_path, recommendation={"avoid_recent": 0}) as box, box.running():
        song = box.settings.paths.music_folder / "happy.ogg"
        song.unlink()
        box.press()
        assert box.until_state("playing")["songs"] == {"loaded": 7, "missing": 1}
        assert song not in box.player.played
        box.press(hold_seconds=1)
        box.until_state("idle")

        song.touch()
        box.press()  # has it looked for aside
        box.until(lambda s: s["songs"] == {"loaded": 8, "missing": 0})
        box.until_state("playing")
        box.press(hold_seconds=1)
        box.until_state("idle")
        box.press()
        box.until_state("playing")
        assert box.player.played[-1] == song


def test_a_song_that_goes_after_it_was_chosen_is_passed_over_and_told(box: SimulatedBox) -> None:
    box.press()
    box.until_state("playing")
    box.until(lambda _: box.session.evening is not None and box.session.evening.upcoming is not None)
    assert box.session.evening
    assert box.session.evening.upcoming
    second = box.session.evening.upcoming.choice.song.path
    (box.settings.paths.music_folder / second).unlink()
    box.player.finish()
    wait_until(lambda: len(box.player.played) == 2)
    assert second not in {path.name for path in box.player.played}
    problems = box.until(lambda status: status["programme"]["trouble"])["problems"]
    assert any(second in problem["what"] for problem in problems)


def test_the_player_is_told_what_the_table_says_of_a_songs_sound(box: SimulatedBox) -> None:
    box.press()
    box.until_state("playing")
    [song] = box.player.songs
    assert (song.seconds, song.measured) == (20.0, Measured(Loudness(-14.0, -1.0), 0.75, 17.5))


def test_by_the_sources_rule_five_presses_walk_through_the_ranking_and_the_next_observes_again(
    make_box: MakeBox, tmp_path: Path
) -> None:
    rule = {"after_song": "stop", "artists_apart": 0, "octants_in_turn": False, "learning": False}
    ranking = {"avoid_recent": 0, "songs_per_artist": 0}
    with make_box(tmp_path, programme=rule, recommendation=ranking) as box, box.running():
        box.press()
        ranked = box.until_state("playing")["last_recommendation"]["ranked"]
        for place in range(1, 5):
            box.clock.advance(1)
            box.press()
            box.until(lambda s, place=place: s["last_recommendation"]["position"] == place)
        assert [path.name for path in box.player.played] == [choice["path"] for choice in ranked]
        box.clock.advance(1)
        box.press()
        box.until(lambda s: s["observations"] == 2)


def test_two_presses_at_once_look_anew_and_teach_nothing(box: SimulatedBox, gate: Gate) -> None:
    box.press()
    box.until_state("playing")
    gate.shut()
    box.press()
    wait_until(lambda: len(box.player.played) == 2)
    box.press()
    box.until_state("observing")
    assert not box.player.is_playing
    gate.open()
    box.until_state("playing")
    path = box.settings.paths.history_file
    wait_until(lambda: [entry.ended for entry in read_history(path, 9)][1:] == ["faded", "faded"])
    assert not box.settings.paths.taste_file.exists()


def test_a_hold_cancels_and_closes_the_camera(box: SimulatedBox, gate: Gate) -> None:
    gate.shut()
    box.press()
    box.until(lambda s: s["watching"] is not None and s["watching"]["face"])
    box.press(hold_seconds=1)
    gate.open_when(box.is_cancelled)
    status = box.until_state("idle")
    assert not box.camera.is_open
    assert status["last_observation"] is None
    assert box.player.played == []


def test_a_long_hold_stops_everything_and_shuts_down(box: SimulatedBox) -> None:
    box.press()
    box.until_state("playing")
    box.press(hold_seconds=5)
    wait_until(lambda: box.power.is_off)
    assert not box.player.is_playing
    assert box.chimes[-1] == "goodbye"


def test_nobody_there_gets_a_kind_chime_and_no_song(box: SimulatedBox) -> None:
    box.detector.somebody = False
    box.press()
    status = box.until(lambda s: s["last_observation"] is not None)
    assert status["state"] == "idle"
    assert "light on your face" in status["notice"]
    wait_until(lambda: box.chimes[-1] == "no_face")
    assert box.player.played == []


def test_the_button_itself_is_read_by_its_edges(box: SimulatedBox) -> None:
    box.panel.down()
    box.clock.advance(0.1)
    box.panel.up()
    box.until_state("playing")
    box.panel.down()
    wait_until(lambda: box.appliance.loop.button.is_down)
    box.clock.advance(1.1)
    box.until_state("idle")
    box.panel.up()
    box.until_state("idle")
    assert box.appliance.status()["observations"] == 1


def test_the_supervisor_hears_of_the_start_of_progress_and_of_the_end(
    make_box: MakeBox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = Heard()
    monkeypatch.setattr(daemon, "find_supervisor", lambda: heard)
    with make_box(tmp_path) as box, box.running():
        box.press()
        box.until_state("playing")
    assert heard.words[0].startswith("ready: 8 songs")
    assert "alive" in heard.words
    assert heard.words[-1] == "stopping"


def test_an_unknown_request_names_the_known_ones(box: SimulatedBox) -> None:
    with pytest.raises(ValueError, match="known are status, examine, listen, unwritten, clear_history, forget_tastes"):
        serve(box.appliance, {"command": "sing"})


def live_through_everything(box: SimulatedBox) -> None:
    """A song, the next one, three that break, three that break off, nobody there, no song left."""
    songs = 0
    for end in (PlaybackEnd.FINISHED, PlaybackEnd.BROKEN_FILE, PlaybackEnd.CUT_SHORT):
        box.press()
        box.until_state("playing")
        wait_until(lambda: len(box.player.played) > songs)  # noqa: B023 - asked for at once
        box.clock.advance(1)
        box.press()
        songs += 2
        wait_until(lambda: len(box.player.played) == songs)  # noqa: B023
        for _ in range(0 if end is PlaybackEnd.FINISHED else 2):
            box.player.fail(end, "it is scratched")
            songs += 1
            wait_until(lambda: len(box.player.played) == songs)  # noqa: B023
        box.player.fail(end, "it is scratched")
        box.until_state("idle" if end is PlaybackEnd.FINISHED else "fault")
    box.detector.somebody = False
    box.press()
    box.until(lambda status: status["notice"])
    box.detector.somebody = True
    for path in box.settings.paths.music_folder.iterdir():
        path.unlink()
    box.until(lambda status: status["songs"]["loaded"] == 0)
    opened = box.camera.times_opened
    box.press()
    fault = box.until(lambda status: status["observations"] == 5 and status["state"] == "fault")["fault"]
    assert (fault["cause"], box.camera.times_opened) == ("no songs", opened), "nobody is watched for nothing"


def private_words(box: SimulatedBox, caplog: pytest.LogCaptureFixture) -> set[str]:
    """Emotions, titles and files of songs that were logged, at whatever level."""
    names = [*FACE_LABELS, *SONG_LABELS, *(path.name for path in box.player.played)]
    return {name for name in names if name in caplog.text}


def test_nothing_of_what_was_seen_and_played_is_logged(
    make_box: MakeBox, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    with make_box(tmp_path, programme={"after_song": "stop"}) as box, box.running():
        live_through_everything(box)
        assert private_words(box, caplog) == set()
    ended = [record.getMessage() for record in caplog.records if "the observation ended" in record.getMessage()]
    assert len(ended) == 4, "once each, however many songs followed"
    assert ended[0] == "the observation ended: coverage 100% of 15.0 s, 10.0 frames per second"
    assert ended[-1].startswith("the observation ended: coverage 0% of ")
    assert "fault: song file: mien status names it" in caplog.text


def test_who_asks_for_it_finds_what_was_seen_and_played_in_the_log(
    make_box: MakeBox, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    with make_box(tmp_path, history={"log_observations": True}, programme={"after_song": "stop"}) as box, box.running():
        live_through_everything(box)
        assert private_words(box, caplog) >= {"happiness", "happy"}
        assert "it is scratched" in caplog.text
    seen = "valence +0.69, arousal +0.49, happy: happiness 15.0 s (coverage 100%, 10.0 frames per second)"
    assert f"observed {seen} → happy, similarity 0.93" in caplog.text


def play_through(box: SimulatedBox) -> None:
    """Press, hear a song, and stop the music."""
    box.press()
    box.until_state("playing")
    wait_until(lambda: box.player.is_playing)
    box.press(hold_seconds=1)
    box.until_state("idle")


def test_the_past_is_forgotten_on_demand(box: SimulatedBox) -> None:
    path = box.settings.paths.history_file
    for _ in range(2):
        play_through(box)
    assert serve(box.appliance, {"command": "clear_history"}) == {"cleared": 2, "trouble": None}
    status = serve(box.appliance, {"command": "status"})
    assert (status["last_observation"], status["last_recommendation"]) == (None, None)
    assert read_history(path, 5) == []
    box.press()
    box.until_state("playing")
    wait_until(lambda: bool(read_history(path, 1)))
    assert box.player.played[-1].stem == "happy", "as on the first day: what was played last is forgotten too"


def test_a_song_that_plays_goes_on_when_the_past_is_forgotten(box: SimulatedBox) -> None:
    box.press()
    box.until_state("playing")
    assert serve(box.appliance, {"command": "clear_history"})["trouble"] is None
    assert box.until_state("playing")["last_recommendation"]
    box.player.finish()
    wait_until(lambda: len(box.player.played) == 2)


def test_a_history_that_cannot_be_cleared_is_told(box: SimulatedBox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("device.session.forgetting._PATIENCE_SECONDS", 0.01)
    with closing(sqlite3.connect(box.settings.paths.history_file, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        answer = serve(box.appliance, {"command": "clear_history"})
    assert "another program uses the history" in answer["trouble"]["what"]


def test_a_box_that_may_not_remember_writes_no_history(make_box: MakeBox, tmp_path: Path) -> None:
    with make_box(tmp_path, history={"enabled": False}) as box, box.running():
        for _ in range(2):
            play_through(box)
    assert len(set(box.player.played)) == 2, "what was played last is passed over all the same"
    assert not list(tmp_path.rglob("history*"))


def test_the_owners_places_say_where_a_face_lies(make_box: MakeBox, tmp_path: Path) -> None:
    with make_box(tmp_path, places=dict.fromkeys(FACE_LABELS, Place(-0.5, -0.25))) as box, box.running():
        box.press()
        status = box.until_state("playing")
        path = box.settings.paths.history_file
        wait_until(lambda: bool(read_history(path, 1)))
        [entry] = read_history(path, 1)
    there = {"valence": -0.5, "arousal": -0.25, "sigma_valence": 0.0, "sigma_arousal": 0.0, "mood": "depressed"}
    assert status["last_observation"]["plane_place"] == pytest.approx(there) == status["last_recommendation"]["centre"]
    assert entry.place == MeanPlace(-0.5, -0.25, 0.0, 0.0)
    assert [path.stem for path in box.player.played] == ["depressed"]


def test_only_numbers_are_remembered(box: SimulatedBox) -> None:
    box.press()
    box.until_state("playing")
    path = box.settings.paths.history_file
    wait_until(lambda: bool(read_history(path, 1)))
    [entry] = read_history(path, 5)
    assert entry.song == "happy"
    assert entry.seconds["happiness"] == pytest.approx(15)
    assert {file.name for file in path.parent.iterdir()} == {path.name, f"{path.name}-wal", f"{path.name}-shm"}


def test_what_it_keeps_is_looked_after_all_the_time_and_its_end_is_the_loops(make_box: MakeBox, tmp_path: Path) -> None:
    looks = count()

    def keep() -> None:
        if next(looks) == 5:
            what = "nobody answers any more"
            raise ControlError(what, mend="start it again")

    with make_box(tmp_path) as box:
        heard = Heard()
        object.__setattr__(box.box.parts, "supervisor", heard)
        for _ in range(10):
            box.appliance.post(Tick())
        with pytest.raises(ControlError, match="nobody answers any more"):
            box.box.run(keep=keep)
        assert heard.words[1:] == [*["alive"] * 5, "stopping"], "the watchdog starves, should this take long"


def test_a_camera_that_hangs_upside_down_plays_nothing_and_is_told_until_a_face_is_upright(
    make_box: MakeBox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Faces:
        """All faces stand so."""

        upright: Turn = 180

        def support(self, luma: Luma, turn: Turn) -> float:  # noqa: ARG002 - the script knows
            return 25.0 if turn == self.upright else 5.0

    faces = Faces()
    monkeypatch.setattr("device.appliance.daemon.build_mounting_check", lambda *_: MountingCheck(faces))
    with make_box(tmp_path) as box, box.running():
        box.press()
        status = box.until(lambda status: bool(status["notice"]))
        assert not box.player.played
        assert "sudo mien config set camera.rotation 180" in status["notice"]
        [problem] = status["problems"]
        assert problem["severity"] == "critical"
        assert problem["what"].startswith("the camera hangs upside down")
        assert status["last_observation"]["coverage"] == 0
        box.detector.somebody = False  # nobody comes, which tells nothing of the camera
        box.press()
        box.until(lambda status: status["observations"] == 2 and status["state"] == "idle")
        assert serve(box.appliance, {"command": "status"})["problems"]
        box.detector.somebody, faces.upright = True, 0
        box.press()
        assert box.until_state("playing")["problems"] == []
