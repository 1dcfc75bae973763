"""Status documents of every state, made by the code that answers ``mien status``, and the shipped schema over them."""

import json
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from device.emotion.labels import FACE_LABELS, Place
from device.observation.observation import Observation
from device.observation.plane_place import MeanPlace
from device.panel.panel import Light
from device.player.simulated_player import SimulatedPlayer
from device.programme.programme import Programme
from device.recommendation.recommendation import RankedSong, Recommendation
from device.recommendation.song_table import Song
from device.recommendation.wish import Wish
from device.releases.manifest import Manifest
from device.session.evening import Evening
from device.session.history import HistoryHealth
from device.session.machine.session import Session
from device.session.states import Cause, Fault, State
from device.status.control_server import ControlServer
from device.status.control_socket import Answer
from device.status.problems import Finding
from device.status.status import Latencies, LiveState, LoadedParts, status_of
from tests.device.simulated_box import MakeBox
from tests.device.status.askers import Serve, echo
from tests.device.status.surroundings import SURROUNDINGS
from tests.waiting import PATIENCE_SECONDS

Document = dict[str, Any]

FRAMES = 43

NAMES = {
    "$schema",
    "title",
    "$comment",
    "description",
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "const",
    "minimum",
    "maximum",
}
KINDS: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}


@pytest.fixture
def path() -> Iterator[Path]:
    """Name a socket that is short enough for the kernel, wherever pytest keeps its folders."""
    with tempfile.TemporaryDirectory(prefix="mien") as folder:
        yield Path(folder) / "run" / "control.sock"


@pytest.fixture
def serve(path: Path) -> Iterator[Serve]:
    """Start servers on the socket, and close them."""
    with ExitStack() as stack:

        def start(service: Callable[[Answer], Answer] = echo) -> ControlServer:
            server = ControlServer(path, service)
            stack.callback(server.close)
            server.start()
            return server

        yield start


@pytest.fixture(scope="session")
def watching(make_box: MakeBox, tmp_path_factory: pytest.TempPathFactory) -> Document:
    """What a box has to say of an observation after 4.2 s of a happy face."""
    there, go_on = threading.Event(), threading.Event()
    with make_box(tmp_path_factory.mktemp("box")) as box:

        def wait(seconds: float) -> None:
            box.clock.advance(seconds)
            if box.clock() > FRAMES / 10 - 0.05:
                there.set()
                go_on.wait()

        box.camera.wait = wait
        with box.running():
            box.press()
            assert there.wait(PATIENCE_SECONDS)
            seen: Document = box.appliance.status()["watching"]
            go_on.set()
            box.until_state("playing")
    return seen


@pytest.fixture
def make_status(
    make_song: Callable[..., Song], make_observation: Callable[..., Observation], watching: Document
) -> Callable[..., Document]:
    """Make the document of a box in ``state``; by default all is well and a song has been played."""

    def make(
        state: str = "idle",
        fault: Fault | None = None,
        notice: str = "",
        board: Document | None = None,
        history: HistoryHealth = HistoryHealth(),  # noqa: B008 - frozen
        playable: tuple[bool, ...] = (True, True, True),
        versions: Document | None = None,
        release_notice: str = "",
        hint: str = "",
        settings: Document | None = None,
        *,
        used: bool = True,
        plugged_in: bool = True,
        title: str = "Title",
        findings: Sequence[Finding] = (),
        surroundings: Document | None = None,
    ) -> Document:
        if state == "fault":
            fault = fault or Fault(Cause.CAMERA, "the camera stalled", "push its cable home")
        place = MeanPlace(0.68, 0.55, 0.2, 0.1)
        observation = make_observation({"happiness": 9.8, "surprise": 4.1, "anger": 0.0}, place=place)
        ranked = tuple(RankedSong(make_song(number, title=title), 0.93 - number / 100) for number in range(1, 6))
        recommendation = Recommendation(observation, ranked[0].song.vector, ranked, centre=place)
        wish = Wish(ranked[0].song.vector, Place(0.68, 0.55), "9.8 s happiness, 4.1 s surprise")
        programme = Programme(wish)
        session = Session(
            state=State(state),
            presses=3,
            fault=fault,
            notice=notice,
            observation=observation if used else None,
            evening=Evening(programme, recommendation) if used else None,
        )
        player = SimulatedPlayer()
        if not plugged_in:
            player.unplug()
        document = status_of(
            session,
            LoadedParts(
                Manifest("2026.11.1", "2026-11-23", {}, versions or {"face_emotion": "1.0"}, {"face": FACE_LABELS}),
                np.array(playable),
                "picamera2, 640 × 480",
                0.0,
                release_notice,
            ),
            Latencies(0.42, 0.5, 0.61, 15.4, 15.5) if used else Latencies(),
            LiveState(
                Light.OFF,
                player,
                board or {},
                history,
                watching if state == "observing" else None,
                hint,
                findings,
                settings=settings or {"file": "/etc/mien/mien.toml", "trouble": None},
                surroundings=SURROUNDINGS if surroundings is None else surroundings,
            ),
            now=100.25,
        )
        loaded: Document = json.loads(json.dumps(document))
        return loaded

    return make


@pytest.fixture(scope="session")
def schema() -> Document:
    """The schema that ships."""
    loaded: Document = json.loads((resources.files("device.status") / "status_schema.json").read_text(encoding="utf-8"))
    return loaded


def _wrong(value: Any, schema: Document, place: str) -> Iterator[str]:
    if unknown := schema.keys() - NAMES:
        yield f"{place}: this check does not know {unknown}"
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    fitting = [
        kind
        for kind in kinds
        if isinstance(value, KINDS[kind])
        and (kind == "boolean") == (value in (True, False) and isinstance(value, bool))
    ]
    if kinds and not fitting:
        yield f"{place}: {value!r} is no {kinds}"
        return
    if "const" in schema and value != schema["const"]:
        yield f"{place}: {value!r} is not {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value!r} is none of {schema['enum']}"
    if isinstance(value, int | float) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield f"{place}: {value} is out of range"
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _wrong(item, schema["items"], f"{place}[{index}]")
    if isinstance(value, dict):
        yield from _wrong_members(value, schema, place)


def _wrong_members(value: Document, schema: Document, place: str) -> Iterator[str]:
    yield from (f"{place}: {name} is missing" for name in schema.get("required", []) if name not in value)
    for name, member in value.items():
        described = schema.get("properties", {}).get(name, schema.get("additionalProperties"))
        if described is None:
            yield f"{place}: {name} is not described"
        else:
            yield from _wrong(member, described, f"{place}.{name}")


@pytest.fixture
def find_wrong(schema: Document) -> Callable[[Document], list[str]]:
    """Find what a document has that the schema does not describe, and what it lacks.

    Stricter than JSON Schema itself, for which a key that nobody described is always welcome.
    """
    return lambda document: list(_wrong(document, schema, "status"))
