"""The usual mistakes in a line of the settings, each with the line to write instead.

TOML's own complaint names a column; an owner wants to know what to type. So a line that is no TOML is rewritten by one
or two of the usual mends, and what comes out is offered if it is TOML and the key takes it.
"""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterator

from device.emotion.labels import Place
from device.files.untrusted import plain
from device.settings.lookalikes import BLANKS, DASHES, QUOTES, unadorned
from device.settings.schema import ENTRIES, TRUTHS, Entry, Flaw, entry_of, likely_entry, nearest, unknown_key, written

_MOST_SHOWN = 80
"""Characters of somebody's line in an error."""

_MOST_MENDED = 500
"""Characters of a value that is looked into."""

_NOTHING = {"none", "null", "nil", "nothing", "empty", "default"}
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_SETTING = re.compile(r"""\s*(["']?[^\W\d][\w .–—‑-]*?["']?)\s*(=|:=|:)\s*(.*)""")


def header_flaw(line: str) -> tuple[Flaw, str]:
    """Say what is wrong with a line that should begin a section; with the section that it most likely means."""
    shown, text = plain(line, most=_MOST_SHOWN), unadorned(line).translate(QUOTES)
    inside = text.partition("#")[0].partition("]")[0]
    words = [re.sub(r"\W", "", inside), *_WORD.findall(inside)]
    meant = next((near for word in words if (near := nearest(word, ENTRIES))), words[0])
    if not meant:
        return Flaw(f"{shown}: a section has a name between its brackets", "write [sound], say"), ""
    rest = re.sub(r"^\s*\[+[^\]]*\]+", "", text) if "]" in text else ""
    if _SETTING.fullmatch(rest):
        return Flaw(
            f"{shown}: a section's name stands alone in its line", f"write [{meant}], and below it {rest.strip()}"
        ), meant
    if rest.strip(" ;,\t\r"):
        return Flaw(f"{shown}: only a comment may follow a section's name in its line", f"write [{meant}] alone"), meant
    if "]" not in text:
        return Flaw(f"{shown}: its closing bracket ] is missing", f"write [{meant}]"), meant
    what = "it holds a character that hides" if shown == f"[{meant}]" else "this is no section's name in brackets"
    return Flaw(f"{shown}: {what}", f"write [{meant}]"), meant


def bare_section(line: str) -> tuple[Flaw, str] | None:
    """Say what is wrong with ``sound:``, ``sound]`` or ``"sound": {``; with the section. None for other lines."""
    found = re.fullmatch(r"""[<({"']*(\w+)["']?\s*[]>):}={]\s*\{?""", line.translate(BLANKS).strip())
    if found is None or found[1] not in ENTRIES:
        return None
    shown = plain(line, most=_MOST_SHOWN)
    return Flaw(f"{shown}: a section's name stands in brackets", f"write [{found[1]}]"), found[1]


def setting_flaw(line: str, section: str) -> tuple[Flaw, str]:
    """Say what is wrong with a line that should give a key a value; with the key that it most likely means.

    :param section: under which it stands.
    """
    shown, text = plain(line, most=_MOST_SHOWN), unadorned(line)
    found = _SETTING.fullmatch(text.translate(QUOTES)) or re.fullmatch(r"(\w+)(\s+)(\S.*)", text)
    sign = "" if found is None else found[2].strip()
    if found is None or (not sign and not entry_of(section, found[1])):
        return _no_setting(shown, line.translate(BLANKS).strip(), section), ""
    place, _, bare = found[1].rpartition(".")
    key, raw = _key(bare, place if place in ENTRIES else section), text[found.start(3) :].strip()
    entry = entry_of(place, key) or entry_of(section, key) or likely_entry(key)
    entry = entry if entry and entry.key == key else None
    if entry is None and section in ENTRIES:
        flaw = unknown_key(section, key)
        return Flaw(f"{shown}: {flaw.what}", flaw.mend), key
    if not raw:
        return _no_value(shown, entry), key
    if halves := _two_settings(raw):
        return Flaw(f"{shown}: two settings in one line", f"write {key} = {halves}"), key
    what, value = _rewritten(raw, entry)
    what = _before_value(sign, line, text) if sign != "=" or not what else what
    if value:
        what = what or ("this is no TOML" if key == bare else "a key is one word of letters, digits and _")
        return Flaw(f"{shown}: {what}", f"write {key} = {value}{_elsewhere(entry, section)}"), key
    return _of_another_kind(shown, key, entry), key


def _before_value(sign: str, line: str, text: str) -> str:
    """Say what is wrong with a line but for its value; empty if nothing is."""
    if sign != "=":
        return "a value follows an equals sign, no colon" if sign else "an equals sign is missing"
    if line.translate(BLANKS) != line:
        return "it holds a character that only looks like another"
    return "" if text == line.strip() else "it holds what does not belong to the key or its value"


def _elsewhere(entry: Entry | None, section: str) -> str:
    return f" below [{entry.section}]" if entry and entry.section != section else ""


def _key(written_key: str, section: str) -> str:
    """Return the key that is meant by one with blanks, hyphens, quotation marks or capitals."""
    bare = re.sub(r"[\s–—‑-]+", "_", written_key.strip("\"' "))
    folded = {name.casefold(): name for name in ENTRIES.get(section, {})}
    return folded.get(bare.casefold(), bare)


def _no_setting(shown: str, text: str, section: str) -> Flaw:
    words = _WORD.findall(text)
    if not unadorned(text):
        return Flaw("it holds nothing that can be seen, and is not empty", "delete it")
    if text[:2] in {"//", "/*", "--"} or text[:1] in {";", "%", "!", "'"}:
        return Flaw(f"{shown}: a comment begins with #", "put # before it")
    if words == [text] and text in ENTRIES:
        return Flaw(f"{shown}: a section's name stands in brackets", f"write [{text}]")
    if entry := entry_of(section, words[0]) if words else None:
        return _no_value(shown, entry)
    what = "this is no [section], no key with its = and value, and no comment"
    return Flaw(f"{shown}: {what}", "put # before it, or delete it")


def _no_value(shown: str, entry: Entry | None) -> Flaw:
    if entry is None:
        return Flaw(f"{shown}: it has no value", "write one behind an equals sign, or delete the line")
    return Flaw(f"{shown}: it has no value", f"write {entry.line(entry.default)}, which is the default")


def _of_another_kind(shown: str, key: str, entry: Entry | None) -> Flaw:
    """Say of a value of which no sense can be made what should stand there."""
    if entry is None:
        what = "text stands in quotation marks, and a number has digits and a point"
        return Flaw(f"{shown}: {what}", "mend its value")
    if entry.choices and entry.kind is str:
        what = f"one of {', '.join(entry.choice_words)} stands here, in quotation marks"
    elif entry.kind in {int, float}:
        what = "a whole number stands here" if entry.kind is int else "a number stands here"
    else:
        kinds = {bool: "true or false stands here", Place: "[valence, arousal] stands here"}
        what = kinds.get(entry.kind, "text stands here, in quotation marks")
    return Flaw(f"{shown}: {what}", f"write {key} = {written(entry.default)}, or another one; that is the default")


def _two_settings(raw: str) -> str:
    """Return ``VALUE and below it KEY = VALUE`` if a second setting follows in the same line."""
    found = len(raw) <= _MOST_MENDED and re.fullmatch(r"(.+?)[\s,;]+([A-Za-z_]\w*)\s*=\s*(.+)", raw)
    if not found or "#" in found[1] or not _is_value(found[1]):
        return ""
    return f"{found[1]} and below it {found[2]} = {plain(found[3], most=_MOST_SHOWN)}"


def _rewritten(raw: str, entry: Entry | None) -> tuple[str, str]:
    """Return what is wrong with a value, and what to write; both empty if nobody can tell."""
    if len(raw) > _MOST_MENDED:
        return "", ""
    value, comment = _without_comment(raw)
    for what, better in _attempts(value, entry):
        if "\n" not in better and _fits(better, entry):
            return what, f"{better}{comment}"
    return "", ""


def _attempts(value: str, entry: Entry | None) -> Iterator[tuple[str, str]]:
    """Rewrite a value in one step, and then in two."""
    yield "", value
    once = [(what, better) for what, rewrite in _REWRITES for better in [rewrite(value, entry)] if better != value]
    yield from once
    for what, better in once:
        for _, rewrite in _REWRITES:
            twice = rewrite(better, entry)
            if twice != better:
                yield what, twice


def _fits(text: str, entry: Entry | None) -> bool:
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return False
    return entry is None or entry.problem(value) is None


def _is_value(text: str) -> bool:
    return _fits(text, None)


def _without_comment(raw: str) -> tuple[str, str]:
    """Part a value from the comment behind it."""
    found = re.fullmatch(r"""((?:[^#"']|"[^"]*"|'[^']*')*?)(\s*#.*)""", raw)
    return (found[1].strip(), f"  {plain(found[2])}") if found and found[1].strip() else (raw, "")


def _truth(value: str, entry: Entry | None) -> str:
    meant = TRUTHS.get(value.strip("\"'").casefold()) if entry is None or entry.kind is bool else None
    if entry is None and value.casefold() not in {"true", "false"}:
        return value
    return value if meant is None else str(meant).lower()


def _digits(value: str, _entry: Entry | None) -> str:
    looks = re.fullmatch(r"[+-]?[\dOolI.]*\d[\dOolI.]*", value)
    return value.translate(str.maketrans("OolI", "0011")) if looks else value


def _number(value: str, _entry: Entry | None) -> str:
    """Put a digit before and after the point, and take leading zeros and blanks between digits away."""
    bare = re.sub(r"(?<=\d)[ '_](?=\d)", "", value)
    found = re.fullmatch(r"([+-]?)(\d*)(\.?)(\d*)", bare)
    if not found or not (found[2] or found[4]):
        return value
    return f"{found[1]}{found[2].lstrip('0') or '0'}{found[3]}{found[4] or ('0' if found[3] else '')}"


def _without_unit(value: str, entry: Entry | None) -> str:
    bare = value.strip("\"'")
    if named := re.fullmatch(r"[^\W\d_]+\s*(\d+)", bare) if entry and entry.kind is int else None:
        return named[1]  # GPIO17
    found = re.fullmatch(r"([+-]?[\d.,]+)\s*(%|[^\W\d_]+\.?|°C?)", bare)
    if not found:
        return value
    if found[2] == "%" and entry is not None and entry.most == 1:
        try:
            return f"{float(found[1]) / 100:g}"
        except ValueError:
            return value
    return found[1]


def _nothing(value: str, entry: Entry | None) -> str:
    return written(entry.default) if entry and value.strip("\"'").casefold() in _NOTHING else value


def _quoted(value: str, _entry: Entry | None) -> str:
    return value if value[:1] in {'"', "'", "[", "{"} else written(value)


def _choice(value: str, entry: Entry | None) -> str:
    near = nearest(value.strip("\"' "), entry.choice_words) if entry and entry.choices else None
    return written(near) if near else value


def _closed(value: str, _entry: Entry | None) -> str:
    """Put the quotation marks that are missing."""
    marks = "\"'"
    whole = len(value) > 1 and value[0] == value[-1]
    if whole or any(mark in value[:-1].strip(marks) for mark in marks):
        return value
    return written(value.strip(marks)) if value[:1] in marks or value[-1:] in marks else value


def _otherwise_quoted(value: str, _entry: Entry | None) -> str:
    if re.fullmatch(r'"[^\']*[\\"][^\']*"', value):
        return f"'{value[1:-1]}'"
    return f'"{value[1:-1]}"' if re.fullmatch(r"'[^\"\\]*'[^\"\\]*'", value) else value


def _list(value: str, _entry: Entry | None) -> str:
    numbers = re.findall(r"[+-]?(?:\d+\.?\d*|\.\d+)", value)
    return f"[{', '.join(numbers)}]" if len(numbers) == 2 and not re.search(r"[A-Za-z\"']", value) else value  # noqa: PLR2004 - the plane's


def _commented(value: str, _entry: Entry | None) -> str:
    found = re.fullmatch(r"""("[^"]*"|'[^']*'|\[[^\]]*\]|\S+?)\s*(?:\s|//|;|--)\s*(?=[^\s"'\d+*-])(.+)""", value)
    return f"{found[1]}  # {found[2].lstrip('/;- ')}" if found and _is_value(found[1]) else value


_Rewrite = Callable[[str, Entry | None], str]

_REWRITES: tuple[tuple[str, _Rewrite], ...] = (
    ("its quotation marks are typographic ones", lambda value, _: re.sub(r"«\s*|\s*»", '"', value).translate(QUOTES)),
    ("its minus is a dash", lambda value, _: value.translate(DASHES)),
    ("nothing belongs behind the value", lambda value, _: re.sub(r"[;,]+$", "", value).strip()),
    ("one equals sign suffices", lambda value, _: value.lstrip("=:> ")),
    ("true and false are the words, in small letters", _truth),
    ("its digits are none of the keyboard's", lambda value, _: unicodedata.normalize("NFKC", value)),
    ("a letter stands where a digit should", _digits),
    ("a number stands alone, without a unit", _without_unit),
    (
        "a number has a decimal point, no comma",
        lambda value, _: re.sub(r"(\d),(\d)", r"\1.\2", value) if "[" not in value else value,
    ),
    ("this is no number of TOML", _number),
    ("two numbers stand in square brackets, with a comma between them", _list),
    ("a comment begins with #", _commented),
    ("a quotation mark is missing", _closed),
    ("there is no value for nothing, and this is the default", _nothing),
    ("text stands in quotation marks", _quoted),
    ("a \\ or a further mark within quotation marks means something else", _otherwise_quoted),
    ("this is none of its words", _choice),
)
