"""Music by hand, goals and learning in a box of simulated parts: what is asked for over the socket really happens."""

from pathlib import Path
from typing import Any

import pytest

from device.appliance.daemon import serve
from device.session.history import read_history
from tests.device.simulated_box import Gate, MakeBox, SimulatedBox
from tests.waiting import wait_until


def ask(box: SimulatedBox, command: str, **request: Any) -> dict[str, Any]:
    return serve(box.appliance, {"command": command, **request})


def until_next_is_known(box: SimulatedBox, songs_before: int = 0) -> dict[str, Any]:
    """Wait until a song plays that so many came before, and it is known what follows."""

    def known(status: dict[str, Any]) -> bool:
        evening = status["programme"]
        return bool(evening and evening["songs_before"] == songs_before and evening["next"])

    return box.until(known)


@pytest.mark.parametrize(
    ("request_", "asked_for", "songs"),
    [
        ({"mood": "Calm"}, "calm", ["calm", "content"]),
        ({"mood": "sadness"}, "sadness", ["depressed", "tired"]),
        ({"like": "tir"}, "music like tired", ["tired", "depressed"]),
    ],
)
def test_music_is_played_by_its_mood_or_like_a_song_and_nobody_is_looked_at(
    box: SimulatedBox, request_: dict[str, str], asked_for: str, songs: list[str]
) -> None:
    assert ask(box, "play", minutes=30, **request_) == {"asked_for": asked_for, "trouble": None}
    status = until_next_is_known(box)
    assert [path.stem for path in box.player.played] == songs[:1]
    assert status["programme"] | {"by_hand": True, "minutes": 30, "asked_for": asked_for} == status["programme"]
    assert status["programme"]["next"]["title"] == songs[1]
    assert status["last_recommendation"]["reason"].startswith(f"{asked_for} → ")
    assert box.camera.times_opened == 0
    assert status["latencies"]["press_to_first_sound_seconds"] is None, "no press, no time since one"
    wait_until(lambda: bool(read_history(box.settings.paths.history_file, 1)))
    [entry] = read_history(box.settings.paths.history_file, 9)
    assert (entry.asked, entry.seconds) == (asked_for, {})

    assert ask(box, "next")["skipped"]
    until_next_is_known(box, 1)
    assert ask(box, "next")["skipped"], "twice at once is twice the next song: no button was pressed"
    until_next_is_known(box, 2)
    assert ask(box, "stop") == {"stopped": True}
    box.until_state("idle")
    assert not box.player.is_playing
    assert (ask(box, "stop"), ask(box, "next")) == ({"stopped": False}, {"skipped": False, "chooses": False})


def test_what_is_asked_for_takes_the_place_of_what_plays_and_never_that_of_a_face(
    box: SimulatedBox, gate: Gate
) -> None:
    box.press()
    box.until_state("playing")
    assert ask(box, "play", mood="tense")["trouble"] is None
    wait_until(lambda: [path.stem for path in box.player.played] == ["happy", "tense"])
    ask(box, "stop")
    box.until_state("idle")
    gate.shut()
    box.press()
    box.until_state("observing")
    assert "the box is observing" in ask(box, "play", mood="tense")["trouble"]["what"]
    assert ask(box, "stop") == {"stopped": True}
    gate.open()
    box.until_state("idle")


@pytest.mark.parametrize(
    ("request_", "what", "mend"),
    [
        ({"mood": "clam"}, "unknown emotion 'clam'; did you mean 'calm'?", "sadness"),
        ({"like": "calmly"}, "no song is called 'calmly'", "'calm'"),
        ({"like": "e"}, "6 songs have 'e' in their names", "'tense'"),
    ],
)
def test_what_cannot_be_played_is_told_with_what_can(
    box: SimulatedBox, request_: dict[str, str], what: str, mend: str
) -> None:
    answer = ask(box, "play", **request_)
    assert answer["asked_for"] == ""
    assert answer["trouble"]["what"] == what
    assert mend in answer["trouble"]["mend"]


@pytest.mark.parametrize(
    "request_",
    [{"minutes": 0}, {"minutes": "long"}, {"goal": "up"}, {"minutes": True}, {"goal": ["lift"]}],
)
def test_impossible_wishes_are_refused(box: SimulatedBox, request_: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"music goes on for|a goal is one of"):
        ask(box, "play", mood="calm", **request_)
    for part in ("", "  ", 5, "x" * 201):
        with pytest.raises(ValueError, match="a part of a title"):
            ask(box, "play", like=part)
    with pytest.raises(ValueError, match="unknown request"):
        ask(box, "play")


def test_a_goal_is_approached_step_by_step_and_told(box: SimulatedBox) -> None:
    assert ask(box, "play", mood="depressed", goal="lift")["trouble"] is None
    shares, titles = [], []
    for songs_before in range(3):
        status = until_next_is_known(box, songs_before)
        shares.append(status["programme"]["path"]["share"])
        titles.append(status["last_recommendation"]["ranked"][status["last_recommendation"]["position"]]["title"])
        assert status["programme"]["path"]["mood"] == "happy"
        assert status["programme"]["path"]["song"] == songs_before + 1
        box.clock.advance(40)
        box.player.finish()
    assert titles[0] == "depressed"
    assert shares == sorted(shares)
    assert shares[-1] > shares[0]


def test_what_was_heard_out_and_skipped_teaches_the_box_until_it_is_forgotten(
    make_box: MakeBox, tmp_path: Path
) -> None:
    with make_box(tmp_path, recommendation={"avoid_recent": 0}) as box, box.running():
        ask(box, "play", mood="calm")
        until_next_is_known(box)
        box.clock.advance(20)
        box.player.finish()
        until_next_is_known(box, 1)
        ask(box, "next")
        until_next_is_known(box, 2)
        wait_until(lambda: ask(box, "status")["tastes"]["songs"] == 2)
        ask(box, "stop")
        box.until_state("idle")
        ask(box, "play", mood="calm")
        learnt = until_next_is_known(box)["programme"]["learnt"]
        assert learnt == {"part": "calm", "for": 0.98, "against": 0.0, "bonus": 0.0}  # it would make up for skips
        assert ask(box, "forget_tastes") == {"forgotten": 2, "trouble": None}
        assert not box.settings.paths.taste_file.exists()
        assert ask(box, "status")["tastes"]["songs"] == 0


def test_a_box_whose_songs_are_gone_says_so_to_whoever_asks(box: SimulatedBox) -> None:
    for path in box.settings.paths.music_folder.iterdir():
        path.unlink()
    ask(box, "play", mood="calm")
    assert box.until_state("fault")["fault"]["cause"] == "no songs"


def test_a_second_wish_for_the_next_song_while_it_is_chosen_skips_nothing_and_says_so(
    make_box: MakeBox, tmp_path: Path
) -> None:
    with make_box(tmp_path) as box, box.paused():
        said = [ask(box, "next")]
        ask(box, "play", mood="calm")
        for _ in range(3):
            box.appliance.loop._turn()
        said += [ask(box, "next") for _ in range(3)]
        while box.player.is_playing and not box.appliance.loop.messages.empty():
            box.appliance.loop._turn()
        said.append(ask(box, "next"))
        nothing, done, chooses = [
            {"skipped": skipped, "chooses": chooses}
            for skipped, chooses in ((False, False), (True, False), (False, True))
        ]
        assert said == [nothing, done, chooses, chooses, done]
        assert len(box.player.played) == 2
