"""Fills in the templates of READMEs and pages, which lie beside the code that knows the figures."""

import re
import textwrap

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

_WIDTH = 118


def render(template: str, /, **values: object) -> str:
    """Return a template with these values filled in; in a template whose name ends in ``.html`` they are escaped.

    :param template: its path below ``tools``, such as ``face_emotion/readme.md.jinja``.
    :raises jinja2.UndefinedError: if it names a value that is not there.
    """
    return _ENVIRONMENT.get_template(template).render(values)


def _fixed(value: float | None, decimals: int) -> str:
    return "–" if value is None else f"{value:.{decimals}f}"


def _percent(value: float, decimals: int = 0) -> str:
    return f"{value:.{decimals}%}"


def _filled(markdown: str) -> str:
    """Wrap every paragraph and every item that begins with a dash, however long the lines of the template came out."""
    pieces = re.split(r"(\n{2,}|\n(?=- ))", markdown.strip())
    pieces[::2] = [
        textwrap.fill(re.sub(r"\s*\n\s*", " ", piece), _WIDTH, subsequent_indent="  " * piece.startswith("- "))
        for piece in pieces[::2]
    ]
    return "".join(pieces) + "\n"


_ENVIRONMENT = Environment(
    loader=PackageLoader("tools", ""),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    keep_trailing_newline=True,
)
_ENVIRONMENT.filters |= {"fixed": _fixed, "percent": _percent, "filled": _filled}
