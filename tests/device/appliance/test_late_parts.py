"""What comes late, goes and comes back: the fault clears by itself, with the chime of a box that is ready."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from device.errors import MutedError, SoundCardError
from device.panel.panel import Light
from device.player.player import PlaybackEnd
from device.player.vlc_player import VLCPlayer
from tests.device.simulated_box import MakeBox, SimulatedBox
from tests.waiting import PATIENCE_SECONDS, wait_until


@pytest.fixture(autouse=True)
def quick_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the loop turn at once where it would wait for a second."""
    monkeypatch.setattr("device.appliance.loop.main_loop._LOOP_SECONDS", 0.01)


@contextmanager
def running(box: SimulatedBox) -> Iterator[None]:
    """Run the main loop of a box whose player is not the simulated one."""
    thread = threading.Thread(target=box.box.run)
    thread.start()
    try:
        yield
    finally:
        box.appliance.stop()
        thread.join(PATIENCE_SECONDS)


def is_well(box: SimulatedBox) -> bool:
    """Advance the clock until the box is idle."""
    box.clock.advance(1)
    status = box.appliance.status()
    return status["state"] == "idle" and box.chimes[-1] == "ready"


def test_a_sound_card_that_comes_after_the_start_is_heard_at_the_first_press(make_box: MakeBox, tmp_path: Path) -> None:
    with make_box(tmp_path) as box:
        box.player.unplug()
        with box.running():
            assert box.until_state("fault")["fault"]["cause"] == "sound card"
            for _ in range(20):
                box.clock.advance(1)
                box.turn()
            assert box.until_state("fault")["light"] == "3 blinks, pause"
            box.player.plug_in()
            wait_until(lambda: is_well(box), "a fault that clears")
            wait_until(lambda: box.panel.light is Light.OFF)
            box.press()
            box.until_state("playing")


def test_a_card_that_is_lost_under_a_song_and_comes_back_is_ready_again(box: SimulatedBox) -> None:
    box.press()
    box.until_state("playing")
    box.player.unplug()
    assert box.until_state("fault")["fault"]["cause"] == "sound card lost"
    box.player.plug_in()
    wait_until(lambda: is_well(box), "a fault that clears")
    box.press()
    box.until_state("playing")


def test_a_card_that_takes_no_sound_is_not_well_for_being_there_until_it_was_away(box: SimulatedBox) -> None:
    box.press()
    box.until_state("playing")
    box.player.fail(PlaybackEnd.NO_SOUND, "it is in use")
    box.until_state("fault")
    recovery = box.appliance.loop.recovery
    for _ in range(30):
        box.clock.advance(1)
        looked = recovery.lookout
        wait_until(lambda looked=looked: recovery.lookout is not looked or looked.next_at > box.clock())  # type: ignore[misc]
    assert box.until_state("fault")["fault"]["cause"] == "sound card"
    box.player.unplug()
    wait_until(lambda: box.clock.advance(1) or recovery._card_was_away, "a look that misses the card")  # type: ignore[func-returns-value]
    box.player.plug_in()
    wait_until(lambda: is_well(box), "a fault that clears")


def test_a_camera_that_comes_back_clears_its_fault_and_an_absent_one_is_not_opened_all_the_time(
    box: SimulatedBox,
) -> None:
    box.camera.vanish()
    box.press()
    box.until_state("fault")
    wait_until(lambda: box.panel.light is Light.BLINK_2)
    box.camera.come_back()
    wait_until(lambda: is_well(box), "a fault that clears")
    box.press()
    box.until_state("playing")


def test_what_else_is_at_fault_is_told_once_the_first_fault_is_mended(
    make_box: MakeBox, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO), make_box(tmp_path) as box:
        box.player.unplug()
        box.camera.vanish()
        with box.running():
            box.until_state("fault")
            box.camera.come_back()
            box.appliance.examine()
            assert "works again" not in caplog.text, "the camera does, which is not at fault"
            box.camera.vanish()
            box.appliance.examine()
            box.player.plug_in()

            def cause() -> object:
                box.clock.advance(1)
                fault = box.appliance.status()["fault"]
                return fault and fault["cause"] == "camera"

            wait_until(cause, "the camera's fault")
            box.camera.come_back()
            wait_until(lambda: is_well(box), "a fault that clears")


def test_a_card_that_has_just_come_is_given_the_time_to_be_opened(
    box: SimulatedBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name is there before udev has given its device files their rights."""
    box.player.unplug()
    box.press()
    box.until_state("fault")
    came = float("inf")

    def examine() -> str:
        if box.clock() < came + 1:
            what = "the card cannot be opened"
            raise SoundCardError(what, mend="plug it in again")
        return "a card"

    monkeypatch.setattr(box.player, "examine", examine)
    for _ in range(10):
        box.clock.advance(0.5)
        box.turn()
    box.player.plug_in()
    came = box.clock()
    box.until(lambda status: box.clock.advance(0.5) or status["state"] == "idle")  # type: ignore[func-returns-value]
    assert box.appliance.status()["problems"] == []


def test_a_muted_card_is_no_better_for_a_song_and_well_soon_after_it_is_turned_up(
    box: SimulatedBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal: list[SoundCardError] = [MutedError("Device: nothing is heard, PCM is switched off", mend="turn it up")]

    def examine() -> str:
        if refusal:
            raise refusal[0]
        return "a card"

    monkeypatch.setattr(box.player, "examine", examine)
    box.appliance.examine()
    box.press()
    assert "PCM is switched off" in box.until_state("playing")["problems"][0]["what"]
    box.press(1)
    assert "PCM is switched off" in box.until_state("idle")["problems"][0]["what"]
    box.player.unplug()
    box.press()
    assert [problem["what"] for problem in box.until_state("fault")["problems"]] == [
        "sound card: the simulated sound card was unplugged"
    ]
    box.player.plug_in()
    wait_until(lambda: is_well(box), "a fault that clears")
    assert "PCM is switched off" in box.until_state("idle")["problems"][0]["what"]
    refusal.clear()
    box.until(lambda status: box.clock.advance(10) or not status["problems"])  # type: ignore[func-returns-value]


def test_songs_that_come_late_clear_their_fault(box: SimulatedBox) -> None:
    songs = list(box.settings.paths.music_folder.iterdir())
    for song in songs:
        song.unlink()
    box.until(lambda status: status["songs"]["loaded"] == 0)
    box.press()
    assert box.until_state("fault")["fault"]["cause"] == "no songs"
    for song in songs:
        song.touch()
    wait_until(lambda: is_well(box), "a fault that clears")


def test_nobody_looks_while_all_is_well(box: SimulatedBox, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    object.__setattr__(box.box.parts, "camera_signs", lambda: looked.append(1))
    monkeypatch.setattr(box.player, "check", lambda: looked.append(1))
    for _ in range(20):
        box.clock.advance(60)
        box.turn()
    assert looked == []


def test_a_usb_card_that_appears_after_the_box_was_started_is_heard(
    make_box: MakeBox, tmp_path: Path, fake_card: Path
) -> None:
    """Until then the only card is HDMI, and the kernel says that no screen is there."""
    pytest.importorskip("vlc")
    heard, usb = tmp_path / "heard.raw", " 1 [Device         ]: USB-Audio - USB Audio Device\n"
    hdmi = " 0 [vc4hdmi0       ]: vc4-hdmi - vc4-hdmi-0\n                      vc4-hdmi-0\n"
    (tmp_path / "vc4hdmi0" / "pcm0p").mkdir(parents=True)
    (tmp_path / "vc4hdmi0" / "eld#0").write_text("monitor_present\t\t0\neld_valid\t\t0\n", encoding="ascii")
    fake_card.write_text(hdmi, encoding="utf-8")
    player = VLCPlayer(
        output="alsa",
        card="",
        recording=None,
        start_volume_percent=50,
        maximum_volume_percent=100,
        fade_seconds=0,
        lead_in_seconds=0,
        cards_file=fake_card,
    )
    with make_box(tmp_path) as box:
        object.__setattr__(box.box.parts, "player", player)
        with running(box):
            fault = box.until_state("fault")["fault"]
            assert (fault["cause"], "no screen" in fault["what"]) == ("sound card", True)
            for _ in range(20):
                box.clock.advance(1)
                box.turn()
            assert not heard.exists()
            fake_card.write_text(hdmi + usb, encoding="utf-8")
            box.until(lambda status: box.clock.advance(1) or status["state"] == "idle")  # type: ignore[func-returns-value]
            wait_until(lambda: heard.exists() and heard.stat().st_size > 0, "the chime of a box that is ready")
    player.close()
