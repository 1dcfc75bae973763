"""Whatever a box answers, every box has its line, and nothing of it reaches the terminal as it came."""

import json
import unicodedata
from typing import Any

import pytest

from device.errors import MienError
from device.releases.manifest import read_manifest
from device.releases.push_protocol import Obstacle, Plan, Presence, ReleasePlan, SongPlan, read_offer
from tests.tools.fleet.conftest import MODELS
from tests.tools.fleet.mutations import mutated, seeded
from tools.fleet.answers import find_document, read_status
from tools.fleet.box import Box, Fleet
from tools.fleet.push import Pushing, load_contents
from tools.fleet.results import MOST_WORDS, Outcome, exit_code, summary_lines
from tools.fleet.rollback import RollingBack
from tools.fleet.rollout import Prepare, roll_out
from tools.fleet.status import Condition, judge_box, look_at

MUTATIONS = 3000
ID = read_manifest(MODELS).release_id

STATUS = {
    "schema": 1,
    "state": "playing",
    "state_seconds": 3.5,
    "fault": None,
    "release": {"id": "2026.11.8", "created": "2026", "versions": {"mien": "0.1.0"}, "notice": ""},
    "songs": {"loaded": 23, "missing": 1},
    "last_observation": {"seconds": {"happiness": 3.5}, "coverage": 0.9},
    "board": {"throttling_now": ["throttled"]},
    "uptime_seconds": 7300.5,
    "problems": [{"severity": "warning", "what": "1 of 24 songs are not in the music folder", "mend": "copy it"}],
}
PLAN_GIVEN = Plan(
    "0.1.0",
    "1",
    "0",
    confirmed=True,
    notice="went back",
    release=ReleasePlan(ID, Presence.ABSENT, ("songs.sqlite",), 5, "/r/.2.partial", ("/r/1",)),
    songs=SongPlan("/music", ("candle-stub.ogg",), 9, ("old.ogg",), 3),
)
PLAN = json.loads(PLAN_GIVEN.text())
OFFER = {
    "schema": 1,
    "manifest": "{}",
    "signature": "signature",
    "songs": {"a.ogg": [5, 1000], "b/c.ogg": [7, -1]},
    "list_surplus": True,
    "allow_downgrade": False,
}


class Answering(Box):
    """A box that answers everything with one text, and to which anything can be sent."""

    def __init__(self, name: str, answer: str) -> None:
        self.name, self.groups, self._answer = name, (), answer
        self.sent: list[str] = []

    @property
    def ssh(self) -> str:
        return f"ssh {self.name}"

    def _ask(self, *_: object, **__: object) -> str:
        return self._answer

    def send(self, *asked: Any, **_: object) -> None:
        self.sent += asked[2]

    def close(self) -> None:
        pass


def fleet_of(document: Any, count: int, seed: int) -> list[Answering]:
    chance = seeded(seed)
    return [Answering(f"box{number}", mutated(document, chance)) for number in range(count)]


def is_one_line(line: str) -> bool:
    return not any(unicodedata.category(mark)[0] == "C" or mark in "\u2028\u2029" for mark in line)


def test_mutated_status_documents_are_a_line_each() -> None:
    boxes = fleet_of(STATUS, MUTATIONS, seed=1)
    seen = list(Fleet(boxes).ask(lambda box: look_at(box, seconds=1), boxes))
    assert {one.box for one in seen} == {box.name for box in boxes}
    for one in seen:
        line = one.line(8)
        assert is_one_line(line)
        assert line.startswith(one.box)
        assert len(line) < MOST_WORDS + 200
    told = json.dumps([one.document() for one in seen], indent=1)
    assert told.isascii()
    json.loads(told, parse_constant=pytest.fail)
    assert not [one for one in seen if "a fault of mien-tools" in one.trouble]
    assert {one.condition for one in seen} == set(Condition)


def plans_in_use(boxes: list[Answering], prepare: Prepare, *, dry_run: bool) -> None:
    lines: list[str] = []
    results = roll_out(Fleet(boxes), prepare, dry_run=dry_run, parallel=20, say=lines.append)
    assert [result.box for result in results] == [box.name for box in boxes]
    lines += summary_lines(results)
    for line in lines:
        assert is_one_line(line)
        assert "a fault of mien-tools" not in line
    assert len(summary_lines(results)) == len(boxes) + 2
    assert exit_code(results) == 1
    assert {result.outcome for result in results} > {Outcome.FAILED}


def test_mutated_plans_are_a_row_each() -> None:
    pushing = Pushing(load_contents(MODELS, MODELS / "demo_library"), delete=True, patience_seconds=0.001)
    boxes = fleet_of(PLAN, MUTATIONS, seed=2)
    plans_in_use(boxes, pushing.prepare, dry_run=True)
    plans_in_use(fleet_of(PLAN, 100, seed=3), RollingBack(patience_seconds=0.001).prepare, dry_run=True)


def test_a_box_that_answers_strangely_in_the_middle_is_sent_nothing_but_what_was_offered() -> None:
    contents = load_contents(MODELS, MODELS / "demo_library")
    pushing = Pushing(contents, delete=True, patience_seconds=0.001)
    chance = seeded(4)
    offered = {*contents.release_files, *(contents.offer.songs or ())}
    for _ in range(60):
        box = Answering("one", mutated(PLAN, chance))
        roll_out(Fleet([box]), pushing.prepare, dry_run=False, parallel=1, say=lambda _: None)
        assert set(box.sent) <= offered


def test_mutated_offers_are_refused_in_words_or_understood() -> None:
    chance, refused = seeded(5), 0
    for _ in range(MUTATIONS):
        try:
            read_offer(mutated(OFFER, chance))
        except MienError:
            refused += 1
    assert 0 < refused < MUTATIONS


@pytest.mark.parametrize(
    "said",
    [
        "{document}",
        "{indented}",
        "Welcome to this box!\n{document}\n",
        "Last login: {{never}}\n{{\n{{}}\n{{x}}\n{indented}\nlogout\n",
        '{{"motd": "a document of somebody else"}}\n{indented}',
        "\ufffd\ufffd\r\n{document}",
        "Welcome, {{you}}: \x1b[0m{indented}",
    ],
)
def test_a_greeting_before_the_document_does_no_harm(said: str) -> None:
    text = said.format(document=json.dumps(STATUS), indented=json.dumps(STATUS, indent=1))
    status = read_status(text)
    assert (status.state, status.release_id, status.songs_loaded) == ("playing", "2026.11.8", 23)
    assert judge_box("one", status).condition is Condition.WARNING


@pytest.mark.parametrize("said", ["", "Welcome!", "{", "[1]", "{}", '{"schema": 1}', '{"schema": 2, "state": "idle"}'])
def test_what_is_no_status_is_told(said: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_status(said)


def test_noise_without_an_end_is_not_searched_without_an_end() -> None:
    with pytest.raises(ValueError, match=r"nested too deeply|Expecting"):
        find_document("{\n" * 500_000)
    with pytest.raises(ValueError, match=r"."):
        find_document('{"a":\n' * 200_000)


@pytest.mark.parametrize("key", [key for key in STATUS if key != "state"])
def test_an_older_mien_may_lack_what_this_one_tells(key: str) -> None:
    older = {name: value for name, value in STATUS.items() if name != key}
    assert judge_box("one", read_status(json.dumps(older))).line(3).startswith("one  ")


def test_an_older_mien_that_names_no_problems_is_judged_by_its_fault() -> None:
    fault = {"cause": "camera", "what": "the camera gives no pictures", "mend": "push its cable home"}
    older = {"schema": 1, "state": "fault", "fault": fault}
    seen = judge_box("one", read_status(json.dumps(older)))
    assert (seen.condition, seen.trouble) == (Condition.CRITICAL, "the camera gives no pictures")
    assert seen.line(3) == "one  critical  fault         –                  – songs  up –           " + seen.trouble


def test_words_of_a_box_cannot_forge_another_row() -> None:
    forged = "no\nforged-box  well      idle          2031.1.1          23 songs\x1b[2J\u2028forged-box  done"
    plan = Plan("1", forged, None, confirmed=True, obstacles=(Obstacle(forged, forged),))
    boxes = [Answering("one", plan.text()), Answering("two", json.dumps(STATUS | {"state": forged, "schema": 1}))]
    lines: list[str] = []
    pushing = Pushing(load_contents(MODELS, None), delete=False, patience_seconds=1)
    lines += summary_lines(roll_out(Fleet(boxes), pushing.prepare, dry_run=False, parallel=1, say=lines.append))
    lines += [look_at(box, seconds=1).line(5) for box in boxes]
    assert all(is_one_line(line) for line in lines)
    assert not [line for line in lines if line.startswith("forged") or "forged-box  " in line]


def test_what_nobody_foresaw_is_one_boxs_trouble() -> None:
    class Breaking(Answering):
        def _ask(self, *_: object, **__: object) -> str:
            msg = "embedded null byte"
            raise ValueError(msg)

    boxes = [Breaking("one", ""), Answering("two", json.dumps(STATUS))]
    pushing = Pushing(load_contents(MODELS, None), delete=False, patience_seconds=1)
    one, two = roll_out(Fleet(boxes), pushing.prepare, dry_run=False, parallel=2, say=lambda _: None)
    assert "a fault of mien-tools: ValueError: embedded null byte" in one.note
    assert two.outcome is Outcome.FAILED
    assert [look_at(box, seconds=1).condition for box in boxes] == [Condition.SILENT, Condition.WARNING]


def test_boxes_of_one_name_have_a_row_each() -> None:
    boxes = [Answering("one", "nonsense"), Answering("one", json.dumps(PLAN | {"release": None, "songs": None}))]
    back = roll_out(Fleet(boxes), RollingBack(patience_seconds=1).prepare, dry_run=True, parallel=2, say=lambda _: None)
    assert [result.outcome for result in back] == [Outcome.FAILED, Outcome.PLANNED]
