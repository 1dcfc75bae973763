"""Shows what was read and what it is used for, by label, and says plainly what a split cannot promise."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from device.emotion.vectors import FACE_LABELS
from tools.face_emotion.datasets import FaceSet
from tools.face_emotion.datasets.material import Material


def show_material(material: Material, console: Console) -> None:
    """Print the examples by label of every set and of every use, what was dropped, and the warnings of the splits."""
    _show_table("read", {source.file: source.labels for source in material.sources}, console)
    uses = {"learning": material.learning.counts(), "validation": material.validation.counts()}
    tests = {test.title: test.examples.counts() for test in material.tests.values()}
    _show_table("used for", {**uses, **tests}, console)
    _show_dropped(material.dropped, console)
    for test in material.tests.values():
        if test.warning:
            console.print(f"{test.title}: {test.warning}", soft_wrap=True, style="yellow", markup=False)


def show_sets(sets: Sequence[FaceSet], console: Console) -> None:
    """Print the examples by label of every set, and what was dropped."""
    _show_table("read", {faces.file: faces.examples.counts() for faces in sets}, console)
    for faces in sets:
        _show_dropped(faces.dropped, console)


def _show_table(title: str, columns: Mapping[str, Mapping[str, int]], console: Console) -> None:
    table = Table("label", *columns, title=f"examples {title}", title_justify="left")
    for label in FACE_LABELS:
        table.add_row(label, *(str(counts[label]) for counts in columns.values()))
    table.add_row("all", *(str(sum(counts.values())) for counts in columns.values()))
    console.print(table)


def _show_dropped(dropped: Mapping[str, int], console: Console) -> None:
    for reason, count in dropped.items():
        console.print(f"dropped {count}: {reason}", soft_wrap=True, markup=False)
