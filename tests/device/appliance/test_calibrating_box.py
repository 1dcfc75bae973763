"""A whole box learns what a face reads like at rest, keeps eight numbers of it, and corrects what it reads by them."""

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from device.appliance.daemon import serve
from device.camera.camera import Luma
from device.emotion.labels import FACE_LABELS
from device.observation.resting.names import CALIBRATION_SECONDS
from device.panel.panel import Light
from device.status.control_server import ControlServer
from tests.device.simulated_box import MakeBox, SimulatedBox

ROOT = Path(__file__).parents[3]
SAD_AT_REST = {"sadness": 0.5, "neutral": 0.4}


def ask(box: SimulatedBox, command: str, **request: object) -> dict[str, Any]:
    return serve(box.appliance, {"command": command, **request})


def read(box: SimulatedBox, **shares: float) -> None:
    """Let the classifier read these probabilities of every face, the rest in equal shares."""
    left = (1 - sum(shares.values())) / (len(FACE_LABELS) - len(shares))
    reading = np.array([shares.get(label, left) for label in FACE_LABELS], dtype=np.float32)

    def classify(_crop: Luma) -> np.ndarray:
        return reading

    box.classifier.classify = classify  # type: ignore[method-assign]


def told(box: SimulatedBox) -> int:
    """How often the box said that a face was kept, or that none was."""
    return sum(chime in {"calibrated", "no_face"} for chime in box.chimes)


def calibrate(box: SimulatedBox, name: str = "anna") -> dict[str, Any]:
    before = told(box)
    assert ask(box, "calibrate", name=name, seconds=CALIBRATION_SECONDS) == {"calibrating": True, "trouble": None}
    return box.until(lambda status: told(box) > before and status["state"] == "idle")


def kept_numbers(box: SimulatedBox) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(box.settings.paths.resting_file.read_text())
    return document


def observe(box: SimulatedBox) -> dict[str, Any]:
    before = ask(box, "status")["observations"]
    box.press()
    status = box.until(lambda status: status["observations"] > before and status["state"] == "playing")
    seen: dict[str, Any] = status["last_observation"]
    return seen


def test_a_calibrated_face_is_kept_as_eight_numbers_and_corrects_the_next_observation(
    make_box: MakeBox, tmp_path: Path
) -> None:
    with make_box(tmp_path) as box, box.running():
        read(box, **SAD_AT_REST)
        plain = observe(box)
        assert (max(plain["seconds"], key=plain["seconds"].get), plain["resting"]) == ("sadness", None)
        box.press(1)
        box.until_state("idle")
        files = set(tmp_path.rglob("*"))

        status = calibrate(box)
        assert box.chimes[-2:] == ["calibrate", "calibrated"]
        assert [(face["name"], face["in_force"]) for face in status["resting"]["faces"]] == [("anna", True)]
        box.until(lambda _: box.settings.paths.resting_file.exists())
        assert set(tmp_path.rglob("*")) - files == {box.settings.paths.resting_file}
        [face] = kept_numbers(box)["faces"]
        assert set(face) == {"name", "at", "model", "log_probabilities"}
        assert list(face["log_probabilities"]) == list(FACE_LABELS)
        assert face["log_probabilities"]["sadness"] == pytest.approx(np.log(0.5), abs=1e-3)
        assert box.player.played
        assert status["observations"] == 1
        assert status["last_observation"] == plain

        seen = observe(box)
        assert (max(seen["seconds"], key=seen["seconds"].get), seen["resting"]) == ("neutral", "anna")
        assert seen["uncorrected_seconds"]["sadness"] == pytest.approx(15, abs=0.2)
        assert ask(box, "status")["last_recommendation"]["resting"] == "anna"
        corrected = [entry["corrected"] for entry in ask(box, "unwritten")["entries"]]
        assert corrected in ([], [True])  # the newest may be on the card by now


def test_the_button_of_an_idle_box_calibrates_the_owner_on_release(make_box: MakeBox, tmp_path: Path) -> None:
    with make_box(tmp_path) as box, box.running():
        read(box, **SAD_AT_REST)
        box.press(1)
        status = box.until(lambda _: box.chimes[-1] == "calibrated")
        assert [face["name"] for face in ask(box, "status")["resting"]["faces"]] == ["owner"], status
        assert ask(box, "status")["light"] == Light.KEPT.value
        box.press()
        box.until(lambda status: status["light"] != Light.KEPT.value)


@pytest.mark.parametrize(
    ("sections", "shares", "words"),
    [
        ({"faces": {"somebody": False}}, SAD_AT_REST, "a face was seen for 0.0 of 9 s"),
        ({"camera": {"lux": 2.0}}, SAD_AT_REST, "too dark"),
        ({}, {"happiness": 0.9}, "the face smiled"),
    ],
    ids=["nobody", "dark", "a smile"],
)
def test_what_is_no_face_at_rest_is_refused_in_a_sentence(
    make_box: MakeBox, tmp_path: Path, sections: dict[str, Any], shares: dict[str, float], words: str
) -> None:
    with make_box(tmp_path, **sections) as box, box.running():
        read(box, **shares)
        status = calibrate(box)
        assert words in status["notice"]
        assert status["fault"] is None
        assert status["resting"]["faces"] == []
        assert not box.settings.paths.resting_file.exists()


@pytest.mark.parametrize(
    ("end", "ends"),
    [
        ("press", lambda box: box.press()),
        ("hold", lambda box: box.press(1)),
        ("ask", lambda box: ask(box, "calibrate", seconds=0)),
    ],
)
def test_a_press_or_a_word_closes_the_camera_and_keeps_nothing(
    make_box: MakeBox, tmp_path: Path, end: str, ends: Callable[[SimulatedBox], object]
) -> None:
    with make_box(tmp_path, clock={"driver": "real"}) as box, box.running():
        read(box, **SAD_AT_REST)
        assert ask(box, "calibrate", name="anna", seconds=60)["calibrating"]
        status = box.until(lambda status: status["watching"] and status["watching"]["face"])
        assert (status["state"], status["light"]) == ("calibrating", Light.ON.value)
        assert not ask(box, "calibrate", name="ben", seconds=10)["calibrating"], end
        ends(box)
        status = box.until_state("idle")
        box.until(lambda status: status["light"] == Light.OFF.value and not box.camera.is_open)
        assert status["resting"]["faces"] == []


def test_a_fifth_face_is_refused_before_the_camera_opens_and_all_are_forgotten(
    make_box: MakeBox, tmp_path: Path
) -> None:
    with make_box(tmp_path) as box, box.running():
        read(box, **SAD_AT_REST)
        for name in "abcd":
            calibrate(box, name)
        answer = ask(box, "calibrate", name="e", seconds=10)
        assert not answer["calibrating"]
        assert "4 resting faces are kept already (a, b, c, d)" in answer["trouble"]["what"]
        box.press(1)  # the owner's would be a fifth as well
        box.until(lambda status: "4 resting faces" in status["notice"])
        assert ask(box, "forget_resting_face", name="b") == {"forgotten": 1, "trouble": None}
        assert ask(box, "forget_resting_face", name="b") == {"forgotten": 0, "trouble": None}
        assert ask(box, "forget_resting_face", name=None) == {"forgotten": 3, "trouble": None}
        assert ask(box, "status")["resting"]["faces"] == []
        assert not box.settings.paths.resting_file.exists()


def test_another_models_face_is_not_used_and_told(make_box: MakeBox, tmp_path: Path) -> None:
    with make_box(tmp_path) as box, box.running():
        read(box, **SAD_AT_REST)
        calibrate(box)
        box.until(lambda _: box.settings.paths.resting_file.exists())
        document, path = kept_numbers(box), box.settings.paths.resting_file
    document["faces"][0]["model"] = "another one"
    path.write_text(json.dumps(document))
    with make_box(tmp_path) as box, box.running():
        read(box, **SAD_AT_REST)
        assert observe(box)["resting"] is None
        [problem] = [problem for problem in ask(box, "status")["problems"] if "at rest" in problem["what"]]
        assert "anna" in problem["what"]
        assert "mien calibrate" in problem["mend"]


def test_the_settings_can_leave_readings_as_they_are(make_box: MakeBox, tmp_path: Path) -> None:
    with make_box(tmp_path, faces={"resting": False}) as box, box.running():
        read(box, **SAD_AT_REST)
        assert not calibrate(box)["resting"]["faces"][0]["in_force"]
        assert observe(box)["resting"] is None


@pytest.mark.parametrize(
    "request_of",
    [
        {"name": "an\nna", "seconds": 10},
        {"name": "", "seconds": 10},
        {"name": 4, "seconds": 10},
        {"name": "anna", "seconds": 3},
        {"name": "anna", "seconds": 61},
        {"name": "anna", "seconds": True},
        {"name": "anna", "seconds": "ten"},
    ],
)
def test_a_request_that_means_nothing_is_refused(
    make_box: MakeBox, tmp_path: Path, request_of: dict[str, object]
) -> None:
    with make_box(tmp_path) as box, pytest.raises(ValueError, match=r"a name |a face at rest is watched"):
        ask(box, "calibrate", **request_of)


def test_the_verb_says_what_came_of_it_and_forgets(make_box: MakeBox, tmp_path: Path) -> None:
    settings = tmp_path / "mien.toml"
    settings.write_text(f'[paths]\ncontrol_socket = "{tmp_path}/control.sock"\nstate_folder = "state"\n')

    def mien(*arguments: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "device", "calibrate", *arguments, "--config", str(settings)]
        finished = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
        assert finished.stderr == ""
        return finished.returncode, finished.stdout

    with make_box(tmp_path, clock={"driver": "real"}) as box, box.running():
        read(box, **SAD_AT_REST)
        with closing(ControlServer(box.settings.paths.control_socket, lambda r: serve(box.appliance, r))) as server:
            server.start()
            code, said = mien("anna", "--seconds", "4")
            assert code == 0, said
            assert said.endswith("Kept as anna: eight numbers, and no picture. mien calibrate --forget removes them.\n")
            read(box, happiness=0.9)
            code, said = mien("ben", "--seconds", "4")
            assert (code, said.splitlines()[-1].startswith("Nothing was kept: the face smiled")) == (1, True)
            assert mien("ben", "--forget") == (1, "No resting face of ben is kept.\n")
    assert mien("anna", "--forget") == (0, "Forgotten.\n"), "the daemon is gone by now"
    assert not box.settings.paths.resting_file.exists()
