"""Writes the page: one file with style, scripts and data inside, which opens from a disk, a stick or a mail."""

import base64
import hashlib
import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from bokeh.resources import Resources
from markupsafe import Markup

from device.files.atomic_files import write_whole
from device.recommendation.ranking import POOR_SIMILARITY
from tools import templates
from tools.errors import PictureError
from tools.library_report.content import Content
from tools.library_report.mood_map import MARKER_STYLES, mood_map
from tools.library_report.moods import listed
from tools.library_report.reach import NEUTRAL_SHARE

MOST_FILES = 1000
"""Files passed over that the page names; a library of broken files should not make it unreadable."""

MOST_REASONS = 12


def write_page(content: Content, name: str, path: Path) -> None:
    """Write the page about the library of this ``name`` in one step.

    :raises PictureError: if it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, page(content, name))
    except OSError as error:
        what = f"{path}: the page cannot be written ({error.strerror})"
        raise PictureError(what, mend="free some space, or name a folder that can be written") from error


def page(content: Content, name: str) -> str:
    """Return the page about the library of this ``name`` as HTML. Whatever songs are called, it is shown as text."""
    scripts = _scripts()
    rows = content.octant_rows
    reasons = content.reasons
    return templates.render(
        "library_report/page.html",
        name=name,
        songs=len(content.table.songs),
        mapped=len(content.on_map),
        header=content.table.header,
        settings=content.settings,
        octants=rows,
        most_songs=max(1, *(row.songs for row in rows)),
        styles=MARKER_STYLES,
        reach_sentence=_reach_sentence(content),
        missed_sentence=_missed_sentence(content),
        observations=content.reach.observations,
        top=content.settings.recommendation.top,
        neutral=NEUTRAL_SHARE,
        answers=content.answers,
        lacks=_lacks(content),
        poor_below=POOR_SIMILARITY,
        cut_off=content.cut_off[:MOST_FILES],
        rows_cut_off=len(content.cut_off),
        told_deviations=any(song.deviations for song in content.table.songs),
        reasons=reasons[:MOST_REASONS],
        reasons_left=sum(count for _, count in reasons[MOST_REASONS:]),
        rows_skipped=len(content.skipped),
        skipped=content.skipped[:MOST_FILES],
        style=Markup(_own("page.css")),  # noqa: S704 - ours
        scripts=[Markup(script) for script in scripts],  # noqa: S704 - ours and Bokeh's
        map_document=_embedded(mood_map(content)),
        policy=_policy(scripts),
    )


def _scripts() -> list[str]:
    bokeh = Resources(mode="inline", components=["bokeh", "bokeh-gl"]).js_raw
    return [*bokeh, _own("page.js")]


def _own(name: str) -> str:
    return files("tools.library_report").joinpath(name).read_text(encoding="utf-8")


def _policy(scripts: Sequence[str]) -> str:
    """Content security policy: no fetch of any kind, and no script but these, were a title ever to hold one.

    Bokeh and this page both set styles, which do no harm.
    """
    digests = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def _embedded(document: dict[str, Any]) -> Markup:
    """JSON that may stand inside a script element: without ``<`` no title can end it."""
    return Markup(json.dumps(document, separators=(",", ":")).replace("<", "\\u003c"))  # noqa: S704 - escaped here


def _lacks(content: Content) -> str:
    """Say which moods no song has, and which faces find no song that is near; empty if nothing lacks."""
    poor = [answer.emotion for answer in content.answers if answer.poor]
    sentences = [f"To the model no song here sounds {listed(content.missing, 'or')}."] if content.missing else []
    if poor:
        sentences.append(
            f"For {listed(poor, 'and')} the nearest song is a poor match (similarity below {POOR_SIMILARITY:.2f}); "
            "the box plays it all the same. More music of such a mood mends that."
        )
    elif content.missing:
        sentences.append("Every face finds a song near it all the same.")
    return " ".join(sentences)


def _reach_sentence(content: Content) -> str:
    reach, top = content.reach, content.settings.recommendation.top
    named = int(reach.named.sum())
    return (
        f"Reach: {reach.share:.0%} of the songs ({named:,} of {len(reach.named):,}) came within the box’s best {top} "
        f"in {reach.observations:,} simulated observations."
    )


def _missed_sentence(content: Content) -> str:
    missed = [row.label for row in content.octant_rows if row.songs and not row.named]
    without = [row.label for row in content.octant_rows if not row.songs]
    told = f"Never reached: {', '.join(missed)}." if missed else "No mood that has songs is out of reach."
    return f"{told} No songs: {', '.join(without)}." if without else told
