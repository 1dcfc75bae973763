"""The document of ``mien status --json``, in every state, against the schema that ships with it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from device.session.history import HistoryHealth
from device.session.states import Cause, Fault, State
from device.status.problems import THROTTLING_REASONS

Document = dict[str, Any]
MakeStatus = Callable[..., Document]
FindWrong = Callable[[Document], list[str]]

HOT = {"temperature_celsius": 81.3, "throttling_now": list(THROTTLING_REASONS), "throttling_since_boot": []}


@pytest.mark.parametrize("state", [state.value for state in State])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"used": False},
        {"plugged_in": False, "playable": (False, False), "board": HOT},
        {"notice": "a face was read for 0.1 of 15 s", "history": HistoryHealth("disc full", "/state/h.damaged")},
    ],
)
def test_every_state_fits_the_schema(
    make_status: MakeStatus, find_wrong: FindWrong, state: str, changes: Document
) -> None:
    assert find_wrong(make_status(state, **changes)) == []


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_of_a_fault_is_in_the_schema(make_status: MakeStatus, find_wrong: FindWrong, cause: Cause) -> None:
    assert find_wrong(make_status("fault", fault=Fault(cause, "broke", "mend it"))) == []


def break_a_kind(status: Document) -> None:
    status["observations"] = "three"


def break_a_range(status: Document) -> None:
    status["last_observation"]["coverage"] = 1.2


def break_a_choice(status: Document) -> None:
    status["state"] = "asleep"


def add_a_key(status: Document) -> None:
    status["songs"]["hummed"] = 1


def take_a_key(status: Document) -> None:
    del status["history"]["trouble"]


@pytest.mark.parametrize("damage", [break_a_kind, break_a_range, break_a_choice, add_a_key, take_a_key])
def test_what_does_not_fit_is_found(
    make_status: MakeStatus, find_wrong: FindWrong, damage: Callable[[Document], None]
) -> None:
    status = make_status("playing")
    damage(status)
    assert len(find_wrong(status)) == 1


def described(schema: Document, place: str = "status") -> Iterator[tuple[str, Document]]:
    for name, member in schema.get("properties", {}).items():
        yield f"{place}.{name}", member
        yield from described(member, f"{place}.{name}")
        yield from described(member.get("items", {}), f"{place}.{name}[]")


def test_every_key_has_a_sentence(schema: Document) -> None:
    sentences = {place: member.get("description", "") for place, member in described(schema)}
    assert len(sentences) > 40
    assert [place for place, sentence in sentences.items() if not sentence.endswith(".")] == []


def test_without_a_sound_card_the_status_says_so_before_anybody_presses(make_status: MakeStatus) -> None:
    status = make_status(plugged_in=False)
    assert status["sound"] == "none"
    assert status["problems"] == [{"severity": "critical", **status["sound_trouble"]}]
    assert make_status()["sound"] == "simulated, nothing is heard"


def test_an_observation_under_way_shows_the_latest_frame_and_the_seconds_so_far(make_status: MakeStatus) -> None:
    watching = make_status("observing")["watching"]
    assert watching["face"]
    assert watching["place"] == {"x": 0.5, "y": 0.5, "width": 0.4, "height": 0.5}
    assert watching["elapsed_seconds"] == 4.2
    assert watching["frames_per_second"] == 10
    assert watching["probabilities"]["happiness"] == pytest.approx(0.9)
    assert sum(watching["probabilities"].values()) == pytest.approx(1, abs=1e-3)
    assert watching["seconds"]["happiness"] == pytest.approx(4.2)


def test_latencies_tell_each_moment_after_the_press(make_status: MakeStatus) -> None:
    moments = ["streaming", "first_frame", "first_credited", "observed", "first_sound"]
    latencies = make_status()["latencies"]
    assert list(latencies) == [f"press_to_{moment}_seconds" for moment in moments]
    assert list(latencies.values()) == sorted(latencies.values())
    assert set(make_status(used=False)["latencies"].values()) == {None}
