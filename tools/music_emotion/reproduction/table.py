"""The table as Markdown, for a README: every row beside the source's figure and the answers that need no model."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from tools.music_emotion.datasets.labels import SOURCE_THRESHOLD_PERCENT
from tools.music_emotion.reproduction.catalogue import MUSICNN_VA, SOURCE_F1_BY_LABEL
from tools.music_emotion.reproduction.scores import AVERAGES

Row = Mapping[str, Any]

_KILO = 1024


def render_table(rows: Sequence[Row]) -> str:
    """Return the rows as Markdown, percentages first, with what the figures mean; headings are left to the caller."""
    parts = [_about(rows[0])] if rows else []
    percent = [row for row in rows if not row["multilabel"]]
    if percent:
        parts += [_percent_table(percent)]
    for row in rows:
        if row["multilabel"]:
            parts += [_labels_table(row), _report_table(row)]
    return "\n\n".join(parts) + "\n"


def _about(row: Row) -> str:
    data, settings = row["data"], row["settings"]
    counts = data["songs"]
    sets = ", ".join(f"{entry['name']} ({entry['songs']} songs)" for entry in data["sets"])
    is_deam = [entry["name"] for entry in data["sets"]] == ["deam"]
    lines = [f"TrainedNetwork from {counts['train']} songs and measured on {counts['test']} others of {sets};"]
    lines += [
        f"{counts['validation']} more chose the round of training and the threshold. No recording is on two sides."
    ]
    lines += [f"A song's middle {settings['seconds']:g} s, k = {settings['k']}, seed {settings['seed']}."]
    if not is_deam:
        lines += [
            "**This is not DEAM's data**: the source learnt from 1,802 songs of DEAM, and its figures are not",
            "comparable one to one. Compare each column with its own constant mean.",
        ]
    if data["left_out"]:
        lines += [f"Left out: {'; '.join(data['left_out'])}."]
    return "\n".join(lines)


def _percent_table(rows: Sequence[Row]) -> str:
    """The error of the percentages; the share is that of the constant mean, so that less than 1 is worth something."""
    constant = rows[0]["figures"]["constant_mean"]["mae"]
    lines = [
        "| architecture | what | MAE, float | MAE, int8 | ÷ constant mean | source, on DEAM | training, s | int8, KB |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        figures = row["figures"]
        cells = (
            row["row"],
            row["summary"],
            _number(figures.get("float", {}).get("mae")),
            _number(figures["int8"]["mae"]),
            _number(figures["int8"]["mae"] / constant),
            _number(row["source"].get("mae")),
            _number(row["training_seconds"], 0),
            _number(row["model_bytes"] / _KILO, 0),
        )
        lines.append(_line(cells))
    source = _number(rows[0]["source_constant_mean"], 1)
    lines.append(_line(("constant mean", "no model", _number(constant), _number(constant), "1.00", source, "–", "–")))
    asked = rows[0]["data"]["songs"]["test"]
    note = f"""\
MAE: mean absolute error over the eight percentages, in percentage points. With one seed and {asked} test songs,
differences of a few tenths are chance."""
    if any(row["row"] == MUSICNN_VA for row in rows):
        note += f"""
{MUSICNN_VA} hears the whole song. Only its head was fitted, anew and on the songs above; the seconds are the head's.
It has no float column, since the head is fitted on what the int8 file says. Its int8 scales and the weights of its
parts were set before, with songs that may be among the test songs here."""
    return "\n".join(lines) + f"\n\n{note}"


def _labels_table(row: Row) -> str:
    figures, source = row["figures"], row["source"]
    answers = {
        f"{row['row']}, float": figures["float"],
        f"{row['row']}, int8 ({_number(row['model_bytes'] / _KILO, 0)} KB)": figures["int8"],
        "class prior (the labels' shares)": figures["class_prior"],
        "all ones (every label)": figures["all_ones"],
        "source, on DEAM": source,
    }
    lines = ["| which labels a song has | loss | micro F1 | threshold |", "| --- | --- | --- | --- |"]
    lines += [
        _line((name, *(_number(entry[score]) for score in ("loss", "micro_f1", "threshold"))))
        for name, entry in answers.items()
    ]
    note = f"""\
{row["row"]}: {row["summary"]}; trained in {_number(row["training_seconds"], 0)} s. A label counts as present
above {SOURCE_THRESHOLD_PERCENT:g} %, as in the source. Loss is the binary cross-entropy; the threshold is the one with
the best micro F1 on the validation songs. Label by label, in float unless a column says otherwise:"""
    return "\n".join(lines) + f"\n\n{note}"


def _report_table(row: Row) -> str:
    figures = row["figures"]
    report = figures["float"]["report"]
    lines = [
        "| label | precision | recall | F1 | F1, int8 | F1, class prior | F1, all ones | F1, source | songs |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for label, entry in report.items():
        others = [figures[name]["report"][label]["f1"] for name in ("int8", "class_prior", "all_ones")]
        scores = (entry["precision"], entry["recall"], entry["f1"], *others, SOURCE_F1_BY_LABEL[label])
        name = f"*{label} average*" if label in AVERAGES else label
        lines.append(_line((name, *map(_number, scores), str(entry["support"]))))
    return "\n".join(lines)


def _number(value: float | None, decimals: int = 2) -> str:
    return "–" if value is None else f"{value:.{decimals}f}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def print_table(rows: Sequence[Row], console: Console) -> None:
    """Print every row with its figures, the source's beside them, and the answers that need no model."""
    percent = [row for row in rows if not row["multilabel"]]
    if percent:
        _print_percent(percent, console)
    for row in rows:
        if row["multilabel"]:
            _print_labels(row, console)


def _print_percent(rows: Sequence[Row], console: Console) -> None:
    table = Table(
        "architecture",
        *("float", "int8", "source, on DEAM", "seconds", "KB"),
        title="mean absolute error of the percentages, test songs",
    )
    for row in rows:
        figures = row["figures"]
        table.add_row(
            row["row"],
            *(_number(figures.get(kind, {}).get("mae")) for kind in ("float", "int8")),
            _number(row["source"].get("mae")),
            f"{row['training_seconds']:.0f}",
            f"{row['model_bytes'] / 1024:.0f}",
        )
    constant = _number(rows[0]["figures"]["constant_mean"]["mae"])
    table.add_row("constant mean", constant, constant, _number(rows[0]["source_constant_mean"]), "–", "–")
    console.print(table)


def _print_labels(row: Row, console: Console) -> None:
    table = Table("", "loss", "micro F1", "threshold", title=f"{row['row']}, test songs")
    named = {"float": "float", "int8": "int8", "class_prior": "class prior", "all_ones": "all ones"}
    entries = {label: row["figures"][name] for name, label in named.items()} | {"source, on DEAM": row["source"]}
    for label, entry in entries.items():
        table.add_row(label, *(_number(entry[score]) for score in ("loss", "micro_f1", "threshold")))
    console.print(table)
