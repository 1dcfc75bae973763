"""The table for a README and for a terminal: every row beside the source's figure and what needs no model."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from rich.console import Console
from rich.table import Table

from tools import templates
from tools.music_emotion.datasets.labels import SOURCE_THRESHOLD_PERCENT, LabelRule
from tools.music_emotion.reproduction.catalogue import MUSICNN_VA, SOURCE_F1_BY_LABEL
from tools.music_emotion.reproduction.scores import AVERAGES

Row = Mapping[str, Any]

_RULES: Mapping[LabelRule, str] = MappingProxyType(
    {
        "source": f"every label above {SOURCE_THRESHOLD_PERCENT:g} %, as in the source",
        "even": "every label above its even share, 100 % / number of labels",
        "largest": "the one label whose percentage is the largest",
    }
)


def render_table(rows: Sequence[Row]) -> str:
    """Return the rows as Markdown, percentages first, with what the figures mean; headings are left to the caller."""
    sets = rows[0]["data"]["sets"] if rows else ()
    return templates.render(
        "music_emotion/reproduction/table.md.jinja",
        rows=rows,
        percent_rows=[row for row in rows if not row["multilabel"]],
        kept=[row["kept_model"]["folder"] for row in rows if row["kept_model"]],
        sets=[f"{entry['name']} ({entry['songs']} songs)" for entry in sets],
        on_deam=[entry["name"] for entry in sets] == ["deam"],
        pretrained=MUSICNN_VA,
        rule=_RULES[rows[0]["settings"]["label_rule"]] if rows else "",
        source_f1=SOURCE_F1_BY_LABEL,
        averages=AVERAGES,
    )


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
        caption="(…): counted by mien on DEAM's annotations; the source gives no such figure",
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
    on_deam = f"({_number(rows[0]['deam_constant_mean'])})"
    table.add_row("constant mean", constant, constant, on_deam, "–", "–")
    console.print(table)


def _print_labels(row: Row, console: Console) -> None:
    table = Table("", "loss", "micro F1", "threshold", title=f"{row['row']}, test songs")
    named = {"float": "float", "int8": "int8", "class_prior": "class prior", "all_ones": "all ones"}
    entries = {label: row["figures"][name] for name, label in named.items()} | {"source, on DEAM": row["source"]}
    for label, entry in entries.items():
        table.add_row(label, *(_number(entry[score]) for score in ("loss", "micro_f1", "threshold")))
    console.print(table)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
