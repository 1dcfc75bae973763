"""Reading the settings file: TOML over built-in defaults, every problem reported at once.

mien.toml ─▶ tables ─▶ checked values ─▶ Settings + where each value came from

By hand: most of it is "did you mean", where each value came from, and the template, and pydantic has none of these.
"""

import difflib
import itertools
import json
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from device.emotion.labels import FACE_LABELS, FACE_PLACES, Place
from device.errors import AccessError, ConfigurationError
from device.files.untrusted import open_regular, plain, printable, read_at_most
from device.settings.sections import Settings

DEFAULT_FILE = Path("/etc/mien/mien.toml")

_MEND = "mend these lines; mien config prints every key with its meaning"
_PLACES = "places"

_MOST_BYTES = 1 << 16
"""Of a settings file: ten times the one with every key and its meaning."""

_LONGEST = 4096
"""Characters of a line, and of a text: as many as a path may have, and fewer than the digits that Python refuses."""

_LONGEST_PART_BYTES = 255
"""Of a path: what every file system of Linux takes."""

_MOST_PROBLEMS = 100
"""That are told at once; a file with more is none of ours."""

_MOST_SHOWN = 200
"""Characters of somebody's value in an error."""
_TEMPLATE_HEAD = (
    "# The settings of a mien box, each at its default. A copy belongs at /etc/mien/mien.toml.",
    "# Delete there what you do not change.",
    "# Printed by: mien config --template",
    "",
)


@dataclass(frozen=True, slots=True)
class Configuration:
    """Effective settings; ``origins`` maps ``section.key`` to "default" or the settings file."""

    settings: Settings
    origins: Mapping[str, str]
    file: Path | None


@dataclass(slots=True)
class _Reading:
    """One pass over a file: where relative paths start from, and what was found wrong."""

    folder: Path
    problems: list[str] = field(default_factory=list)
    from_file: set[str] = field(default_factory=set)


def load_configuration(file: Path | None = None) -> Configuration:
    """Read ``file``; without one, the default file if it is there, else the built-in defaults.

    :raises ConfigurationError: naming every unknown key and every wrong value of the file.
    """
    tables = read_tables(file or DEFAULT_FILE, optional=file is None)
    if tables is None:
        return configuration_from({}, file=None)
    return configuration_from(tables, file=file or DEFAULT_FILE)


def read_tables(file: Path, *, optional: bool = False) -> dict[str, Any] | None:
    """Read the tables of a settings file, whatever keys and values they have; links are the owner's, and followed.

    :param optional: return None if the file is not there.
    :raises ConfigurationError: if it is no file, cannot be read, is too large, or is no TOML.
    """
    try:
        with open_regular(file, follow_links=True) as opened:
            content = read_at_most(opened, _MOST_BYTES)
    except OSError as error:
        if optional and isinstance(error, (FileNotFoundError, NotADirectoryError)):
            return None
        if isinstance(error, PermissionError) and (refusal := AccessError.of(file)):
            raise ConfigurationError(refusal.what, mend=refusal.mend) from error
        what = f"{file}: the settings cannot be read ({error.strerror})"
        raise ConfigurationError(what, mend="name a readable file with --config") from error
    try:
        text = content.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        what = f"{file}: the settings cannot be read: line {line} holds byte {content[error.start]:#04x}, no UTF-8"
        raise ConfigurationError(what, mend="save the file as UTF-8") from error
    return _parsed(text, file)


def _parsed(text: str, file: Path) -> dict[str, Any]:
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        if len(line) > _LONGEST:
            what = f"{file}: line {number} has {len(line)} characters; it begins with {plain(line, most=60)}"
            raise ConfigurationError(what, mend=f"no setting needs more than {_LONGEST}: mend that line")
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        number = max(range(len(lines)), key=lambda row: lines[row].count("[") + lines[row].count("{")) + 1
        what = f"{file}: nested too deeply, most of all in line {number}: {plain(lines[number - 1], most=60)}"
        raise ConfigurationError(what, mend="mend that line; no setting holds a list within a list") from error
    except ValueError as error:  # TOMLDecodeError is one, and dates and numbers may raise others
        what = f"{file}: not valid TOML: {error}"
        raise ConfigurationError(what, mend="mend that line; text values need quotation marks") from error


def configuration_from(tables: Mapping[str, Any], *, file: Path | None) -> Configuration:
    """Check the tables of a settings file and lay them over the defaults.

    :raises ConfigurationError: naming every problem.
    """
    reading = _Reading(folder=_folder_of(file))
    sections = {section.name: section for section in fields(Settings) if section.name != _PLACES}
    for name in tables:
        if name not in sections and name != _PLACES:
            reading.problems.append(_unknown(f"section [{_name(name)}]", name, [*sections, _PLACES]))
    built = {
        name: _read_section(name, section.type, tables.get(name, {}), reading) for name, section in sections.items()
    }
    settings = Settings(**built, places=_read_places(tables.get(_PLACES, {}), reading))
    reading.problems += _contradictions(settings)
    if reading.problems:
        told = [f"{file}: {problem}" for problem in reading.problems[:_MOST_PROBLEMS]]
        more = len(reading.problems) - len(told)
        raise ConfigurationError([*told, *([f"{file}: and {more} more problems"] if more else [])], mend=_MEND)
    return Configuration(settings, _origins(settings, reading, file), file)


def _folder_of(file: Path | None) -> Path:
    """Name the folder that relative paths start from."""
    try:
        return (file.parent if file else Path()).absolute()
    except FileNotFoundError:  # it was deleted while the shell stood in it
        return Path("/")


def template_lines() -> list[str]:
    """Return the built-in defaults as a settings file to start from."""
    return [*_TEMPLATE_HEAD, *_file_lines(Settings(), {})]


def configuration_lines(configuration: Configuration) -> list[str]:
    """Return the settings as an annotated settings file; a comment behind each value says where it came from."""
    origins = {name: f"  # {printable(file)}" for name, file in configuration.origins.items()}
    return _file_lines(configuration.settings, origins)


def _file_lines(settings: Settings, comments: Mapping[str, str]) -> list[str]:
    lines: list[str] = []
    for section in fields(settings):
        lines += ["", f"[{section.name}]"] if lines else [f"[{section.name}]"]
        values = getattr(settings, section.name)
        if section.name == _PLACES:
            lines.append("# Where each face emotion lies: [valence, arousal], both in [-1, 1].")
            named = {label: [place.valence, place.arousal] for label, place in values.items()}
            lines += [f"{label} = {value}{comments.get(f'{_PLACES}.{label}', '')}" for label, value in named.items()]
            continue
        for entry in fields(values):
            value = getattr(values, entry.name)
            written = _written(str(value)) if isinstance(value, (str, Path)) else json.dumps(value)
            lines.append(f"# {entry.metadata['sentence']}{_allowed(entry.metadata)}")
            lines.append(f"{entry.name} = {written}{comments.get(f'{section.name}.{entry.name}', '')}")
    return lines


def _written(text: str) -> str:
    """Return a text as TOML writes it, with everything escaped that a terminal would obey."""
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(mark if printable(mark) == mark else f"\\U{ord(mark):08x}" for mark in quoted)


def _shown(value: object) -> str:
    """Return somebody's value as an error shows it."""
    try:
        return printable(repr(value), most=_MOST_SHOWN)
    except (ValueError, RecursionError):
        return "a number of thousands of digits" if isinstance(value, int) else "a value nested too deeply"


def _name(key: str) -> str:
    """Return somebody's key as an error shows it."""
    return plain(key, most=_MOST_SHOWN)


def _contradictions(settings: Settings) -> list[str]:
    """Say which values do not go together, though each is fine by itself."""
    lines = {name: getattr(settings.panel, name) for name in ("button_gpio", "led_gpio", "camera_led_gpio")}
    problems = [
        f"panel.{one} and panel.{other} are both {lines[one]}: each needs a line of its own"
        for one, other in itertools.combinations(lines, 2)
        if lines[one] == lines[other] >= 0
    ]
    start, most = settings.sound.start_volume_percent, settings.sound.maximum_volume_percent
    if start > most:
        problems.append(f"sound.start_volume_percent = {start}: lower it, sound.maximum_volume_percent is {most}")
    if settings.clock.driver == "simulated" and settings.camera.driver != "simulated":
        problems.append('clock.driver = "simulated": only camera.driver = "simulated" moves that clock')
    if settings.clock.driver == "simulated" and settings.panel.driver == "gpiozero":
        what = 'clock.driver = "simulated": a real button needs time that passes; let panel.driver be "simulated" too'
        problems.append(what)
    return problems


def _read_section(name: str, kind: Any, table: object, reading: _Reading) -> Any:  # noqa: ANN401 - one of several classes
    if not isinstance(table, Mapping):
        reading.problems.append(f"[{name}] must be a section, not {_shown(table)}")
        return kind()
    known = {entry.name: entry for entry in fields(kind)}
    values = {key: _converted(entry.default, entry, reading.folder) for key, entry in known.items()}
    for key, value in table.items():
        if key not in known:
            reading.problems.append(_unknown(f"key {name}.{_name(key)}", key, known))
            continue
        problem = _problem_with(value, known[key])
        if problem:
            reading.problems.append(f"{name}.{key} = {_shown(value)}: {problem}")
            continue
        try:
            values[key] = _converted(value, known[key], reading.folder)
        except RuntimeError:  # from expanduser
            reading.problems.append(f"{name}.{key} = {_shown(value)}: nobody has this home folder")
            continue
        reading.from_file.add(f"{name}.{key}")
    return kind(**values)


def _problem_with(value: object, entry: Field[Any]) -> str:
    """Say what is wrong with a value, nothing if it fits."""
    wanted = {Path: "a path in quotation marks", str: "text in quotation marks", bool: "true or false"}
    kind = str if entry.metadata["choices"] else entry.type
    if kind in wanted:
        if not isinstance(value, bool if kind is bool else str):
            return f"must be {wanted[kind]}"
        if isinstance(value, str) and (problem := _text_problem(value)):
            return problem
        if kind is Path and any(len(part.encode()) > _LONGEST_PART_BYTES for part in str(value).split("/")):
            return f"no file or folder has a name longer than {_LONGEST_PART_BYTES} bytes"
    elif isinstance(value, bool) or not isinstance(value, int if entry.type is int else (int, float)):
        return "must be a whole number" if entry.type is int else "must be a number"
    return _limit_problem(value, entry.metadata)


def _text_problem(text: str) -> str:
    if len(text) > _LONGEST:
        return f"must not be longer than {_LONGEST} characters"
    if any(unicodedata.category(mark) == "Cc" for mark in text):
        return "must not hold line breaks or other control characters"
    return ""


def _limit_problem(value: Any, limits: Mapping[str, Any]) -> str:  # noqa: ANN401 - text or number, as checked before
    choices, least, most = limits["choices"], limits["least"], limits["most"]
    if choices and value not in choices:
        return _unknown("value", value, choices) + f"; one of {', '.join(choices)}"
    if least is not None and not least <= value <= most:
        return f"must lie between {least:g} and {most:g}"
    return ""


def _allowed(limits: Mapping[str, Any]) -> str:
    if limits["choices"]:
        return f" One of: {', '.join(limits['choices'])}."
    return "" if limits["least"] is None else f" From {limits['least']:g} to {limits['most']:g}."


def _converted(value: Any, entry: Field[Any], folder: Path) -> Any:  # noqa: ANN401 - as declared by the field
    if entry.type is Path:
        return folder / Path(value).expanduser()
    return float(value) if entry.type is float else value


def _read_places(table: object, reading: _Reading) -> dict[str, Place]:
    places = dict(FACE_PLACES)
    if not isinstance(table, Mapping):
        reading.problems.append(f"[{_PLACES}] must be a section, not {_shown(table)}")
        return places
    for label, value in table.items():
        if label not in FACE_LABELS:
            reading.problems.append(_unknown(f"key {_PLACES}.{_name(label)}", label, FACE_LABELS))
            continue
        if not (isinstance(value, list) and len(value) == 2 and all(_is_coordinate(number) for number in value)):  # noqa: PLR2004 - the plane's
            reading.problems.append(f"{_PLACES}.{label} = {_shown(value)}: must be [valence, arousal], both in [-1, 1]")
            continue
        places[label] = Place(float(value[0]), float(value[1]))
        reading.from_file.add(f"{_PLACES}.{label}")
    return places


def _is_coordinate(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and -1 <= value <= 1


def _unknown(what: str, word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"unknown {what}" + (f"; did you mean {near[0]!r}?" if near else "")


def _origins(settings: Settings, reading: _Reading, file: Path | None) -> dict[str, str]:
    names = [
        f"{s.name}.{e.name}" for s in fields(settings) if s.name != _PLACES for e in fields(getattr(settings, s.name))
    ]
    names += [f"{_PLACES}.{label}" for label in FACE_LABELS]
    return {name: str(file) if name in reading.from_file else "default" for name in names}
