"""Says how good a music model is: to a person in tables, and in a folder as figures and pictures."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from device.emotion.labels import SONG_LABELS
from device.emotion.vectors import top_labels
from tools.music_emotion.datasets.songs import Passed
from tools.music_emotion.evaluation.assessment import TOGETHER, Assessment, RatedFigures, SetFigures, true_deviations
from tools.music_emotion.evaluation.judging import JudgedSongs
from tools.music_emotion.evaluation.metrics import NOMINAL_WITHIN, RegressionFigures
from tools.music_emotion.evaluation.predictions_plot import draw_predictions
from tools.music_emotion.evaluation.quadrants import QUADRANTS, QuadrantFigures, quadrants_of
from tools.music_emotion.model.head import AXES
from tools.music_emotion.model.rectangle import drawn_deviations, vectors_of
from tools.plots.confusion import draw_confusion
from tools.plots.plane import PlacedSongs, draw_plane

EVALUATION = "evaluation.json"

_MOST_PASSED_SHOWN = 20
_DECIMALS = 4


def write_report(assessment: Assessment, judged: Sequence[JudgedSongs], folder: Path) -> list[Path]:
    """Write ``evaluation.json``, where a figure that does not exist is null, and pictures of every set; return all.

    :param judged: what was assessed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / EVALUATION
    content = json.dumps(_plain(asdict(assessment)), indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(content + "\n", encoding="utf-8")
    paths = [path]
    for figures, said in zip(assessment.sets, judged, strict=True):
        if figures.rated is not None:
            paths += _draw_rated(said, assessment, folder)
        elif figures.quadrants is not None:
            paths.append(_draw_quadrants(said, assessment, folder))
    return paths


def print_assessment(assessment: Assessment, console: Console) -> None:
    """Print the tables of every set, each figure beside the answer that needs no model."""
    for figures in assessment.sets:
        _show_set(figures, assessment, console)
    if assessment.together is not None:
        console.rule(f"all rated sets: {assessment.together.songs} songs", align="left")
        console.print(TOGETHER, soft_wrap=True)
        if any(figures.learnt and figures.name in assessment.together.groups for figures in assessment.sets):
            console.print("the model learnt from some of these songs", soft_wrap=True, style="yellow")
        _show_rated(assessment.together, "set", {}, console)


def _show_set(figures: SetFigures, assessment: Assessment, console: Console) -> None:
    console.rule(f"{figures.name}: {figures.songs} songs", align="left")
    for remark in figures.remarks:
        console.print(remark, soft_wrap=True, markup=False)
    if figures.learnt:
        warning = f"{figures.name}: the model learnt from these very annotations, so these figures flatter it"
        beside = "; beside them what its card says of songs held out" if assessment.cross_validated else ""
        console.print(f"{warning}{beside}", soft_wrap=True, style="yellow", markup=False)
    if figures.rated is not None:
        held_out = assessment.cross_validated if figures.learnt else {}
        _show_rated(figures.rated, figures.grouped_by, held_out, console)
    elif figures.quadrants is not None:
        _show_quadrants(figures.quadrants, console)
    else:
        console.print("too few songs to measure anything", style="yellow")
    _show_passed(figures.passed, console)


def _show_rated(
    figures: RatedFigures, grouped_by: str, held_out: Mapping[str, Mapping[str, Mapping[str, float]]], console: Console
) -> None:
    fits = Table("", "R²", "r", "MAE", "RMSE", title="valence and arousal, in [-1, 1]", title_justify="left")
    for axis in AXES:
        of_axis = getattr(figures, axis)
        fits.add_row(axis, *_row(of_axis.model))
        for way, figures_of in held_out.items():
            said = (figures_of[axis].get(name, math.nan) for name in ("r2", "pearson_r", "mae", "rmse"))
            fits.add_row(f"  card: {way.replace('_', ' ')}", *map(_text, said))
        fits.add_row("  constant mean", *_row(of_axis.constant_mean), end_section=True)
    console.print(fits)
    _show_by_k(figures, console)
    _show_deviations(figures, console)
    if figures.groups:
        groups = Table(grouped_by, "songs", "R² valence", "MAE valence", "R² arousal", "MAE arousal")
        for name, group in figures.groups.items():
            cells = (group.valence.r2, group.valence.mae, group.arousal.r2, group.arousal.mae)
            groups.add_row(name, str(group.songs), *map(_text, cells))
        console.print(groups)


def _show_by_k(figures: RatedFigures, console: Console) -> None:
    percent = Table("k", "model", "constant mean", "share", title="MAE of the percentages", title_justify="left")
    for k, errors in figures.percent.items():
        percent.add_row(f"{k:g}", _text(errors.model, 2), _text(errors.constant_mean, 2), _text(errors.share))
    console.print(percent)
    similarity = Table(
        "k", "model", "random", "best possible", title="retrieval: true similarity", title_justify="left"
    )
    for k, reached in figures.retrieval.items():
        similarity.add_row(f"{k:g}", *map(_text, (reached.model, reached.random, reached.best)))
    console.print(similarity)


def _show_deviations(figures: RatedFigures, console: Console) -> None:
    one, two = (f"{share:.0%}" for share in NOMINAL_WITHIN)
    columns = ("", f"within ±1σ ({one})", f"within ±2σ ({two})", "NLL", "NLL, constant σ")
    table = Table(*columns, title="predicted σ against the errors", title_justify="left")
    for axis in AXES:
        said = getattr(figures, axis).deviations
        constant = f"{_text(said.constant_negative_log_likelihood)} (σ {_text(said.constant_deviation)})"
        shares = (f"{share:.0%}" for share in (said.within_one, said.within_two))
        table.add_row(axis, *shares, _text(said.negative_log_likelihood), constant)
    console.print(table)


def _show_quadrants(figures: QuadrantFigures, console: Console) -> None:
    rightly = Table("", "right", title="quadrant of the plane", title_justify="left")
    rightly.add_row("model", _text(figures.accuracy))
    rightly.add_row(f"always {figures.majority}", _text(figures.majority_accuracy))
    rightly.add_row("side of valence alone", _text(figures.valence_side))
    rightly.add_row("side of arousal alone", _text(figures.arousal_side), end_section=True)
    rightly.add_row("order of two songs by valence (chance 0.5)", _text(figures.valence_order))
    rightly.add_row("order of two songs by arousal (chance 0.5)", _text(figures.arousal_order))
    console.print(rightly)
    confusion = Table("truth", *(f"said {quadrant}" for quadrant in QUADRANTS))
    for quadrant, row in zip(QUADRANTS, figures.confusion, strict=True):
        confusion.add_row(quadrant, *map(str, row))
    console.print(confusion)


def _show_passed(passed: tuple[Passed, ...], console: Console) -> None:
    if not passed:
        return
    listing = Table("passed over", "reason", title=f"{len(passed)} passed over", title_justify="left")
    for entry in passed[:_MOST_PASSED_SHOWN]:
        listing.add_row(entry.song, entry.reason)
    console.print(listing)
    if len(passed) > _MOST_PASSED_SHOWN:
        console.print(f"… and {len(passed) - _MOST_PASSED_SHOWN} more; {EVALUATION} lists all of them")


def _row(fit: RegressionFigures) -> tuple[str, ...]:
    return tuple(map(_text, (fit.r2, fit.pearson_r, fit.mae, fit.rmse)))


def _text(figure: float, decimals: int = 3) -> str:
    return f"{figure:.{decimals}f}" if math.isfinite(figure) else "–"


def _plain(value: Any) -> Any:  # noqa: ANN401 - any tree of JSON values
    """Round the numbers of a tree, and put null where a figure does not exist."""
    if isinstance(value, dict):
        return {f"{key:g}" if isinstance(key, float) else key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, float):
        return round(value, _DECIMALS) if math.isfinite(value) else None
    return value


def _draw_rated(said: JudgedSongs, assessment: Assessment, folder: Path) -> list[Path]:
    songs, name = said.songs, said.songs.name
    predictions, plane, labels = (folder / f"{name}-{kind}.png" for kind in ("predictions", "plane", "labels"))
    title = f"{name}, heard by {assessment.version}"
    draw_predictions(songs.places, said.places, title=title, path=predictions)
    deviations = true_deviations(songs, assessment.true_deviation)
    people, model = (
        PlacedSongs("people", songs.places, deviations),
        PlacedSongs("model", said.places, drawn_deviations(said.deviations)),
    )
    draw_plane([people, model], k=1, title=title, path=plane)
    k = said.k or 1
    vectors = (vectors_of(people.places, people.deviations, k), said.shares(k))
    truth, predicted = (top_labels(shares).argmax(axis=1) for shares in vectors)
    draw_confusion(truth, predicted, labels=SONG_LABELS, title=f"{title}: the largest share at k = {k:g}", path=labels)
    return [predictions, plane, labels]


def _draw_quadrants(said: JudgedSongs, assessment: Assessment, folder: Path) -> Path:
    path = folder / f"{said.songs.name}-quadrants.png"
    truth, predicted = quadrants_of(said.songs.places), quadrants_of(said.places)
    title = f"{said.songs.name}, heard by {assessment.version}"
    draw_confusion(truth, predicted, labels=QUADRANTS, title=title, path=path)
    return path
