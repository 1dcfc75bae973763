import json
from dataclasses import replace
from io import StringIO
from pathlib import Path

import cv2
import numpy as np

from tools.console import CleanConsole
from tools.music_emotion.datasets.songs import AnnotatedSongs, Passed
from tools.music_emotion.evaluation.assessment import Assessment, AxisFigures, GroupFigures, RatedFigures, SetFigures
from tools.music_emotion.evaluation.judging import JudgedSongs
from tools.music_emotion.evaluation.metrics import Calibration, PercentErrors, RegressionFigures, Retrieval
from tools.music_emotion.evaluation.quadrants import QuadrantFigures
from tools.music_emotion.evaluation.report import print_assessment, write_report
from tools.music_emotion.model.music_model import Judgement

NAN = float("nan")
AXIS = AxisFigures(
    RegressionFigures(0.51, 0.72, 0.23, 0.29),
    RegressionFigures(0.0, NAN, 0.38, 0.44),
    Calibration(0.7, 0.94, 0.2, 0.3, 0.25),
)
RATED = RatedFigures(
    songs=40,
    valence=AXIS,
    arousal=AXIS,
    percent={1: PercentErrors(6.126, 12.32, 0.4972), 2.5: PercentErrors(3.0, 6.0, 0.5)},
    retrieval={1: Retrieval(0.812, 0.263, 0.987)},
    groups={"[rock]": GroupFigures(21, RegressionFigures(0.33, 0.6, 0.2, 0.3), RegressionFigures(NAN, 0.6, 0.2, 0.3))},
)
RATED_SET = SetFigures("clips", 40, "genre", learnt=False, remarks=("taken with salt",), passed=(), rated=RATED)
QUADRANTS = QuadrantFigures(
    0.61, "Q1", 0.4, 0.7, 0.9, 0.81, 0.92, ((7, 1, 0, 0), (0, 5, 1, 0), (0, 0, 4, 2), (2, 1, 0, 3))
)
CARD_FIGURES = {"ten_fold": {"valence": {"r2": 0.4831, "mae": 0.2444}, "arousal": {"r2": 0.7837, "mae": 0.1927}}}


def assessment(*sets: SetFigures) -> Assessment:
    return Assessment("2026.01-test", 0.3, CARD_FIGURES, sets, None)


def printed(figures: Assessment) -> str:
    text = StringIO()
    print_assessment(figures, CleanConsole(file=text, width=100))
    return text.getvalue()


def test_every_figure_stands_beside_the_trivial_answer() -> None:
    text = printed(assessment(RATED_SET))
    rows = [line.replace("│", " ").split() for line in text.splitlines()]
    assert ["valence", "0.510", "0.720", "0.230", "0.290"] in rows
    assert ["constant", "mean", "0.000", "–", "0.380", "0.440"] in rows
    assert ["1", "6.13", "12.32", "0.497"] in rows
    assert ["1", "0.812", "0.263", "0.987"] in rows
    assert ["[rock]", "21", "0.330", "0.200", "–", "0.200"] in rows
    assert ["valence", "70%", "94%", "0.200", "0.250", "(σ", "0.300)"] in rows
    assert "taken with salt" in text
    assert "flatter" not in text


def test_a_set_that_the_model_learnt_from_is_flagged_and_the_card_stands_beside() -> None:
    text = printed(assessment(replace(RATED_SET, learnt=True)))
    assert "learnt from these very annotations" in text
    rows = [line.replace("│", " ").split() for line in text.splitlines()]
    assert ["card:", "ten", "fold", "0.483", "–", "0.244", "–"] in rows
    assert ["card:", "ten", "fold", "0.784", "–", "0.193", "–"] in rows


def test_quadrants_are_shown_beside_the_commonest() -> None:
    text = printed(assessment(replace(RATED_SET, rated=None, quadrants=QUADRANTS)))
    rows = [line.replace("│", " ").split() for line in text.splitlines()]
    assert ["model", "0.610"] in rows
    assert ["always", "Q1", "0.400"] in rows
    assert ["order", "of", "two", "songs", "by", "valence", "(chance", "0.5)", "0.810"] in rows
    assert ["Q4", "2", "1", "0", "3"] in rows


def test_what_was_passed_over_is_listed_up_to_a_length() -> None:
    passed = tuple(Passed(f"song {number}", "nothing but silence") for number in range(25))
    text = printed(assessment(replace(RATED_SET, passed=passed)))
    assert "25 passed over" in text
    assert "song 19" in text
    assert "song 20" not in text
    assert "and 5 more" in text


def test_a_set_too_small_says_so() -> None:
    assert "too few songs" in printed(assessment(replace(RATED_SET, rated=None)))


def test_sets_together_come_with_a_warning() -> None:
    text = printed(replace(assessment(RATED_SET), together=RATED))
    assert "all rated sets: 40 songs" in text
    assert "each set by itself" in text
    assert "learnt from some" not in text
    together = replace(RATED, groups={"clips": RATED.groups["[rock]"]})
    learnt = replace(assessment(replace(RATED_SET, learnt=True)), together=together)
    assert "learnt from some" in printed(learnt)


def judged(name: str, count: int = 9) -> JudgedSongs:
    random = np.random.default_rng(0)
    places, said = random.uniform(-1, 1, (2, count, 2))
    songs = AnnotatedSongs(
        name=name,
        ids=tuple(map(str, range(count))),
        paths=(Path("song.wav"),) * count,
        places=places,
        deviations=np.full((count, 2), np.nan),
        groups=np.full(count, "rock"),
        sources=np.arange(count).astype(str),
        grouped_by="genre",
        felt=False,
        coarse=False,
        sha256="0" * 64,
        terms="none",
    )
    return JudgedSongs(songs, tuple(Judgement(*place, 0.3, 0.3) for place in said.tolist()))


def test_the_file_holds_every_figure_rounded_and_null_for_what_does_not_exist(tmp_path: Path) -> None:
    few = SetFigures("few", 1, "genre", learnt=False, remarks=(), passed=(Passed("süng", "nothing but silence"),))
    paths = write_report(assessment(few), [judged("few", 1)], tmp_path / "out")
    assert [path.name for path in paths] == ["evaluation.json"]
    figures = json.loads(paths[0].read_text(encoding="utf-8"))
    assert figures["version"] == "2026.01-test"
    assert figures["cross_validated"] == CARD_FIGURES
    assert figures["sets"][0]["passed"] == [{"song": "süng", "reason": "nothing but silence"}]
    assert figures["together"] is None


def test_rated_sets_and_sets_of_quadrants_get_their_pictures(tmp_path: Path) -> None:
    sets = RATED_SET, replace(RATED_SET, name="piano", rated=None, quadrants=QUADRANTS)
    paths = write_report(assessment(*sets), [judged("clips"), judged("piano")], tmp_path)
    assert [path.name for path in paths] == [
        "evaluation.json",
        "clips-predictions.png",
        "clips-plane.png",
        "clips-labels.png",
        "piano-quadrants.png",
    ]
    for path in paths[1:]:
        colours = np.unique(cv2.imread(str(path)).reshape(-1, 3), axis=0)
        assert len(colours) > 10
    rated, quadrants = json.loads(paths[0].read_text(encoding="utf-8"))["sets"]
    assert rated["rated"]["percent"]["2.5"] == {"model": 3.0, "constant_mean": 6.0, "share": 0.5}
    assert rated["rated"]["percent"]["1"]["share"] == 0.4972
    assert rated["rated"]["valence"]["constant_mean"]["pearson_r"] is None
    assert rated["rated"]["groups"]["[rock]"]["songs"] == 21
    assert quadrants["quadrants"]["confusion"][3] == [2, 1, 0, 3]
