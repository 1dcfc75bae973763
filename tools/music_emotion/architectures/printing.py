"""The table on the console."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

Row = Mapping[str, Any]


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


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
