"""The model card for people: ``README.md``, written from ``card.json`` so that their figures cannot diverge.

The words are in ``readme.md.jinja`` and, for one of the source's networks, in ``network_readme.md.jinja``.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools import templates
from tools.model_making import model_readme
from tools.music_emotion.model.head import AXES
from tools.music_emotion.model.musicnn_va import PLACE
from tools.music_emotion.reproduction.table import render_table

Card = Mapping[str, Any]


def write_readme(folder: Path) -> None:
    """Write ``README.md`` of a model folder again; see :func:`tools.model_making.model_readme.write_readme`."""
    model_readme.write_readme(folder, render)


def render(card: Card, reproduction: Mapping[str, Any] | None = None, notes: str = "") -> str:
    """Return the README of a model with this card.

    :param reproduction: what :mod:`tools.music_emotion.reproduction.reproduction` found.
    :param notes: a section in Markdown about what was tried.
    """
    hears = card["hears"]
    if card["answers"]["kind"] != PLACE:
        return templates.render("music_emotion/network_readme.md.jinja", card=card, axes=AXES, notes=notes.strip())
    return templates.render(
        "music_emotion/readme.md.jinja",
        card=card,
        axes=AXES,
        checkpoints={name: part for name, part in card["embedding"].items() if isinstance(part, dict)},
        groups=[f"{count} {group}" for group, count in card["data"][0]["groups"].items()],
        seconds=((hears["patch_frames"] - 1) * hears["hop_length"] + hears["n_fft"]) / hears["sample_rate"],
        table=render_table(reproduction["rows"]).strip() if reproduction else "",
        notes=notes.strip(),
    )
