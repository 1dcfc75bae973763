"""``mien explain`` over a real control socket."""

import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from device.__main__ import main
from device.appliance.daemon import serve
from device.emotion.labels import SONG_LABELS
from device.status.control_server import ControlServer
from tests.device.simulated_box import MakeBox

VECTOR = dict.fromkeys(SONG_LABELS, 12.5)
SONGS = [
    {"id": number, "title": f"Title {number}", "artist": "", "path": "a.mp3", "similarity": 1.0, "vector": VECTOR}
    for number in (4, 8)
]
CHOSEN = {"position": 1, "reason": "15.0 s neutral → Title 8, similarity 1.00", "query": VECTOR, "ranked": SONGS}


@pytest.fixture
def explain() -> Iterator[Callable[..., int]]:
    """Run the verb while a daemon answers with this recommendation."""
    with tempfile.TemporaryDirectory(prefix="mien") as folder:
        settings = Path(folder) / "mien.toml"
        settings.write_text(f'[paths]\ncontrol_socket = "{folder}/control.sock"\n', encoding="utf-8")

        def run(*arguments: str, recommendation: Any = CHOSEN, programme: Any = None) -> int:
            status = {"last_recommendation": recommendation} | ({"programme": programme} if programme else {})
            server = ControlServer(Path(folder) / "control.sock", lambda _: status)
            server.start()
            try:
                return main(["explain", "--config", str(settings), *arguments])
            finally:
                server.close()

        yield run


def test_the_song_that_was_played_is_explained(explain: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert explain() == 0
    said = capsys.readouterr().out
    assert said.startswith("Title 8\nnumber 2 of 2, similarity 1.00\nbecause: 15.0 s neutral → Title 8")
    assert said.count("12.5 %") == 16


def test_what_was_taught_of_the_song_that_plays_is_told(
    explain: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    learnt = {"part": "calm", "for": 2.0, "against": 0.5, "bonus": 0.075}
    evening = {"learnt": learnt, "gave_way": ["a leap: no song is left between"]}
    assert explain(programme=evening) == 0
    said = capsys.readouterr().out
    assert "what you taught for calm: +0.07 (2.0 times heard to its end, 0.5 skipped)" in said
    assert "although a leap: no song is left between" in said
    assert "the face asks" in said
    assert explain(programme=evening | {"by_hand": True, "goal": "match", "sought": "calm"}) == 0
    assert "the face asks" not in capsys.readouterr().out
    assert explain("--rank", "1", programme=evening) == 0
    assert "taught" not in capsys.readouterr().out


def test_another_of_the_ranked_songs_can_be_asked_for(
    explain: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert explain("--rank", "1") == 0
    assert capsys.readouterr().out.startswith("Title 4\nnumber 1 of 2")


def test_the_figures_are_had_as_json(explain: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert explain("--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["rank"], document["id"], document["similarity"]) == (2, 8, 1.0)
    assert document["terms"] == dict.fromkeys(SONG_LABELS, 0.125)


@pytest.mark.parametrize("rank", ["0", "3", "-1"])
def test_a_rank_that_is_not_there_is_told(
    explain: Callable[..., int], capsys: pytest.CaptureFixture[str], rank: str
) -> None:
    assert explain("--rank", rank) != 0
    assert f"--rank {rank}: the last recommendation names 2 songs" in capsys.readouterr().err


def test_after_a_restart_the_last_song_of_the_history_is_explained(
    make_box: MakeBox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with make_box(tmp_path) as box, box.running():
        box.press()
        similarity = box.until_state("playing")["last_recommendation"]["ranked"][0]["similarity"]
        paths = box.settings.paths
    folders = "\n".join(f"{key} = {json.dumps(str(getattr(paths, key)))}" for key in ("release_folder", "state_folder"))
    settings = tmp_path / "mien.toml"
    settings.write_text(f'[paths]\n{folders}\ncontrol_socket = "none.sock"\n', encoding="utf-8")
    assert main(["explain", "--config", str(settings)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("The last song of the history, 20")
    assert lines[1:3] == ["happy", f"similarity {similarity:.2f}"]
    assert any(line.startswith("the face lies at valence +0.") and line.endswith(", happy") for line in lines)
    assert main(["explain", "--json", "--config", str(settings)]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["similarity"] == pytest.approx(sum(document["terms"].values()), abs=1e-4), "the same query again"
    assert main(["explain", "--rank", "2", "--config", str(settings)]) != 0
    assert "mend: leave --rank out" in capsys.readouterr().err


def test_before_the_first_song_there_is_nothing_to_explain(
    explain: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert explain(recommendation=None) != 0
    assert "no song was chosen" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wish", "goal", "songs", "head", "noted"),
    [
        ({"mood": "calm"}, "match", 1, "because: calm → calm, similarity", False),
        ({"mood": "sadness"}, "match", 2, "because: sadness → ", False),
        ({"like": "tired"}, "match", 2, "because: music like tired → ", False),
        ({"mood": "depressed"}, "lift", 2, "because: depressed → ", True),
        ({}, "lift", 2, "because: 15.0 s sadness → ", True),
    ],
)
def test_after_a_restart_a_song_asked_for_or_on_the_way_to_a_goal_is_explained_as_what_it_was(
    make_box: MakeBox,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    wish: dict[str, str],
    goal: str,
    songs: int,
    head: str,
    noted: bool,  # noqa: FBT001 - one column of the table
) -> None:
    with make_box(tmp_path, programme={"goal": goal}, emotion={"expression": "sadness"}) as box, box.running():
        serve(box.appliance, {"command": "play", **wish}) if wish else box.press()
        for number in range(songs):
            evening = box.until(lambda status: status["state"] == "playing" and status["programme"]["knows_next"])
            if evening["programme"]["songs_before"] < songs - 1:
                box.clock.advance(60)
                box.player.finish()
                box.until(lambda status, n=number: status["programme"]["songs_before"] > n)
        paths = box.settings.paths
    folders = "\n".join(f"{key} = {json.dumps(str(getattr(paths, key)))}" for key in ("release_folder", "state_folder"))
    settings = tmp_path / "mien.toml"
    settings.write_text(f'[paths]\n{folders}\ncontrol_socket = "none.sock"\n', encoding="utf-8")
    assert main(["explain", "--config", str(settings)]) == 0
    said = capsys.readouterr().out
    assert head in said
    assert ("sought on the way to a goal, or by" in " ".join(said.split())) == noted
    assert main(["explain", "--json", "--config", str(settings)]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["similarity"] == pytest.approx(sum(document["terms"].values()), abs=1e-4), "the terms add up"
    assert bool(document["sought"]) == bool(wish)
