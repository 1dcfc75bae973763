"""What an editor, a mail or a web page brings into a line: marks that look like others, stand before it, or hide."""

import html
import re

QUOTES = dict.fromkeys(map(ord, "“”„‟«»″＂"), '"') | dict.fromkeys(map(ord, "‘’‚‛′＇`´"), "'")
DASHES = dict.fromkeys(map(ord, "−–—‒‐‑"), "-")
BLANKS = (
    dict.fromkeys(map(ord, "\u00a0\u2007\u202f\u2009\u2002\u2003\u3000"), " ")
    | dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff"), "")
    | {ord("＝"): "=", ord("："): ":", ord("［"): "[", ord("］"): "]"}
)

_ADORNMENT = re.compile(r"""^(?:[\s>•·*+|–—-]|\$\s|(?:export|set|let)\s)+(?=[\w["'])""")


def unadorned(line: str) -> str:
    """Return a line without what a mail, a list or a web page puts before it and into it, and what nobody can see."""
    plain_marks = html.unescape(line).translate(BLANKS)
    seen = "".join(" " if mark.isspace() else mark for mark in plain_marks if mark.isspace() or ord(mark) > ord(" "))
    return _ADORNMENT.sub("", seen).strip()
