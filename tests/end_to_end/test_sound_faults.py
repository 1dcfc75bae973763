"""Whatever is wrong with the sound, the daemon comes up, blinks its number, says why and how to mend it."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

BoxMaker = Callable[..., Any]
DEMO_MUSIC = Path(__file__).parents[2] / "models" / "demo_library"
LISTENED_SECONDS = 3


def expect(status: dict[str, Any], cause: str, blinks: int, *words: str) -> None:
    assert status["state"] == "fault"
    assert status["fault"]["cause"] == cause
    assert status["light"].startswith(f"{blinks} blink")
    assert status["fault"]["mend"]
    for word in words:
        assert word in status["fault"]["what"]


def has_settled_fault(status: dict[str, Any]) -> bool:
    """Whether there is a fault and its number is shown, which waits while the camera is looked through."""
    return bool(status["fault"]) and status["light"] != "on"


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """A copy of the demo library that a test may damage."""
    folder = tmp_path / "music"
    shutil.copytree(DEMO_MUSIC, folder)
    return folder


@pytest.fixture
def box(make_box: BoxMaker, face_clip: Path, music: Path) -> Any:
    return make_box(face_clip, paths={"music_folder": str(music)})


def test_no_sound_card(make_box: BoxMaker, empty_clip: Path) -> None:
    box = make_box(empty_clip, sound={"output": "alsa", "card": "NoSuchCard"})
    box.start()
    expect(box.wait_for(has_settled_fault), "sound card", 3, "NoSuchCard")
    shown = box.mien("status")
    assert "NoSuchCard" in shown.stdout
    assert "3 blinks" in shown.stdout
    box.press()
    expect(box.wait_for(lambda s: s["observations"] == 1 and has_settled_fault(s)), "sound card", 3)


def test_no_libvlc(make_box: BoxMaker, empty_clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = tmp_path / "libvlc.so.5"
    library.write_bytes(b"this is no library")
    monkeypatch.setenv("PYTHON_VLC_LIB_PATH", str(library))
    box = make_box(empty_clip)
    box.start()
    status = box.wait_for(has_settled_fault)
    expect(status, "player", 5, "libvlc")
    assert "apt install" in status["fault"]["mend"]
    shown = box.mien("status")
    assert "libvlc" in shown.stdout
    assert "5 blinks" in shown.stdout
    assert box.stop() == 0


def test_songs_that_are_no_music(box: Any, music: Path) -> None:
    for song in music.glob("*.ogg"):
        song.write_bytes(b"no music at all" * 100)
    box.start()
    box.press()
    status = box.wait_for(has_settled_fault)
    last = status["last_recommendation"]
    expect(status, "song file", 6, "3 songs in a row", last["ranked"][last["position"]]["path"])


def test_a_song_that_vanishes_before_its_turn_is_passed_over(box: Any, music: Path, long_songs: Path) -> None:
    shutil.copytree(long_songs, music, dirs_exist_ok=True)
    box.start()
    box.press()
    status = box.wait_for(lambda s: s["state"] == "playing" and s["programme"]["next"])
    ranked, following = status["last_recommendation"]["ranked"], status["programme"]["next"]["title"]
    [path] = {song["path"] for song in ranked if song["title"] == following}
    (music / path).unlink()
    assert box.mien("next").returncode == 0
    status = box.wait_for(lambda s: s["programme"]["plays"] and s["programme"]["songs_before"] == 1)
    last = status["last_recommendation"]
    assert last["ranked"][last["position"]]["path"] not in {path, ranked[0]["path"]}
    assert status["songs"]["missing"] == 1


def test_songs_that_break_off(box: Any, music: Path) -> None:
    """An Ogg file that was cut says itself that it is whole: only the song table knows better."""
    for song in music.glob("*.ogg"):
        content = song.read_bytes()
        song.write_bytes(content[: len(content) * LISTENED_SECONDS // 20])
    box.start()
    box.press()
    status = box.wait_for(has_settled_fault)
    assert status["latencies"]["press_to_first_sound_seconds"] is not None, "it was heard before it broke off"
    last = status["last_recommendation"]
    expect(status, "song cut short", 7, last["ranked"][last["position"]]["path"], "broke off after")


def test_mended_songs_play_after_the_next_press(box: Any, music: Path) -> None:
    songs = {song: song.read_bytes() for song in music.glob("*.ogg")}
    for song in songs:
        song.write_bytes(b"no music at all" * 100)
    box.start()
    box.press()
    box.wait_for(has_settled_fault)
    for song, content in songs.items():
        song.write_bytes(content)
    box.press()
    box.wait_for(lambda s: s["state"] == "playing" and s["observations"] == 2 and not s["fault"])
