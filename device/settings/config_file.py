"""Reading the settings file: TOML over built-in defaults, every problem reported at once.

mien.toml ─▶ text ─▶ tables and their lines ─▶ checked values ─▶ Settings + where each value came from

By hand: most of it is "did you mean", lines, and where each value came from, and pydantic has none of these.
"""

import itertools
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from device.emotion.labels import FACE_PLACES, Place
from device.errors import ConfigurationError
from device.files.untrusted import plain
from device.settings.schema import (
    ALL_KEYS,
    ENTRIES,
    LONGEST,
    PLACES,
    Entry,
    Flaw,
    likely_entry,
    nearest,
    shown_key,
    shown_value,
    unknown,
    unknown_key,
)
from device.settings.sections import LEAST_IDLE_MINUTES, PanelSettings, Settings
from device.settings.statements import lines_of, statements_of, tables_of
from device.settings.text_file import SettingsText, find_text, read_text, salvage_text
from device.settings.times import minute_of_day

DEFAULT_FILE = Path("/etc/mien/mien.toml")

_MEND = f"mend what is named; {ALL_KEYS} with its meaning"

_MOST_PROBLEMS = 100
"""That are told at once; a file with more is none of ours."""

Lines = Mapping[tuple[str, ...], int]


@dataclass(frozen=True, slots=True)
class Configuration:
    """Effective settings; ``origins`` maps ``section.key`` to "default" or the settings file, ``lines`` to its line."""

    settings: Settings
    origins: Mapping[str, str]
    file: Path | None
    lines: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Reading:
    """One pass over a file: where relative paths start from, and what was found wrong."""

    folder: Path
    lines: Lines
    told: frozenset[int] = frozenset()
    """Lines with a problem that is told already."""
    problems: list[Flaw] = field(default_factory=list)
    from_file: set[str] = field(default_factory=set)

    def note(self, flaw: Flaw, *path: str) -> None:
        """Take a problem of a section or a key, and say in which line that stands."""
        line = self.lines.get(path[:2]) or self.lines.get(path[:1])
        if line not in self.told:
            self.problems.append(Flaw(f"line {line}: {flaw.what}" if line else flaw.what, flaw.mend))


def load_configuration(file: Path | None = None) -> Configuration:
    """Read ``file``; without one, the default file if it is there, else the built-in defaults.

    :raises ConfigurationError: naming every unknown key and every wrong value of the file.
    """
    path = file or DEFAULT_FILE
    text = read_text(path) if file else find_text(path)
    return configuration_from({}, file=None) if text is None else configuration_of(text, path)


def configuration_of(text: SettingsText, file: Path) -> Configuration:
    """Read the text of a settings file.

    :raises ConfigurationError: naming every problem.
    """
    return configuration_from(_parsed(text, file), file=file, lines=lines_of(statements_of(text.text)))


def salvaged_settings(file: Path) -> Settings:
    """Read what can be read of a settings file that is broken; the default takes the place of all else."""
    return _laid_over(salvaged_tables(file), _Reading(_folder_of(file), lines={}))


def salvaged_tables(file: Path) -> dict[str, Any]:
    """Return the tables of those lines of a settings file that can be read."""
    return tables_of(statements_of(salvage_text(file).text))


def configuration_from(tables: Mapping[str, Any], *, file: Path | None, lines: Lines | None = None) -> Configuration:
    """Check the tables of a settings file and lay them over the defaults.

    :param lines: where each ``(section,)`` and ``(section, key)`` stands, if that is known.
    :raises ConfigurationError: naming every problem.
    """
    reading = _Reading(_folder_of(file), lines or {})
    settings = _laid_over(tables, reading)
    if reading.problems:
        raise _refusal(file, reading.problems)
    names = [entry.name for section in ENTRIES.values() for entry in section.values()]
    origins = {name: str(file) if name in reading.from_file else "default" for name in names}
    found = {".".join(path): line for path, line in reading.lines.items()}
    return Configuration(settings, origins, file, {name: found[name] for name in reading.from_file if name in found})


def _parsed(text: SettingsText, file: Path) -> dict[str, Any]:
    """Return the tables of a text.

    :raises ConfigurationError: naming every line that is no TOML, and every other problem beside these.
    """
    for number, line in enumerate(text.lines, start=1):
        if len(line) > LONGEST:
            what = f"{file}: line {number} has {len(line)} characters; it begins with {plain(line, most=60)}"
            raise ConfigurationError(what, mend=f"no setting needs more than {LONGEST}: mend that line")
    try:
        return tomllib.loads(text.text)
    except RecursionError as error:
        lines = text.lines
        number = max(range(len(lines)), key=lambda row: lines[row].count("[") + lines[row].count("{")) + 1
        what = f"{file}: nested too deeply, most of all in line {number}: {plain(lines[number - 1], most=60)}"
        raise ConfigurationError(what, mend="mend that line; no setting holds a list within a list") from error
    except ValueError as error:  # TOMLDecodeError is one, and dates and numbers may raise others
        statements = statements_of(text.text)
        flaws = [Flaw(f"line {s.first}: {s.flaw.what}", s.flaw.mend) for s in statements if s.flaw]
        if not flaws:
            what = f"{file}: not valid TOML: {error}"
            raise ConfigurationError(what, mend="mend that line") from error
        told = frozenset(statement.first for statement in statements if statement.flaw)
        reading = _Reading(_folder_of(file), lines_of(statements), told)
        _laid_over(tables_of(statements), reading)
        raise _refusal(file, [*flaws, *reading.problems]) from error


def _refusal(file: Path | None, problems: list[Flaw]) -> ConfigurationError:
    """Tell every problem, each with its own mend."""
    if len(problems) == 1:
        [flaw] = problems
        return ConfigurationError([f"{file}: {flaw.what}"], mend=flaw.mend or _MEND)
    told = [f"{file}: {'; '.join(filter(None, (flaw.what, flaw.mend)))}" for flaw in problems[:_MOST_PROBLEMS]]
    more = len(problems) - len(told)
    return ConfigurationError([*told, *([f"{file}: and {more} more problems"] if more else [])], mend=_MEND)


def _laid_over(tables: Mapping[str, Any], reading: _Reading) -> Settings:
    """Lay tables over the defaults, and note every problem; what has one stays at its default."""
    for name, value in tables.items():
        if name not in ENTRIES:
            reading.note(_stray(name, value), name)
    sections = {section.name: section for section in fields(Settings) if section.name != PLACES}
    built = {
        name: _read_section(name, section.type, tables.get(name, {}), reading) for name, section in sections.items()
    }
    settings = Settings(**built, places=_read_places(tables.get(PLACES, {}), reading))
    for flaw, *path in _contradictions(settings):
        reading.note(flaw, *path)
    return settings


def _stray(name: str, value: object) -> Flaw:
    """Say what is wrong with a name that is no section's: it is misspelt, or a key that stands above every section."""
    if isinstance(value, Mapping):
        near = nearest(name, ENTRIES)
        mend = f"write [{near}]" if near else f"the sections are {', '.join(ENTRIES)}"
        return Flaw(unknown(f"section [{shown_key(name)}]", name, ENTRIES), mend)
    if entry := likely_entry(name):
        what = f"{shown_key(name)} stands before any section; [{entry.section}] has {entry.key}"
        return Flaw(what, f"write [{entry.section}] in the line above it")
    what = f"{shown_key(name)} stands before any section, and none has such a key"
    return Flaw(what, f"delete its line; {ALL_KEYS}")


def _folder_of(file: Path | None) -> Path:
    """Name the folder that relative paths start from."""
    try:
        return (file.parent if file else Path()).absolute()
    except FileNotFoundError:  # it was deleted while the shell stood in it
        return Path("/")


def _contradictions(settings: Settings) -> Iterable[tuple[Flaw, str, str]]:
    """Say which values do not go together, though each is fine by itself; each with the section and key to change."""
    yield from _lines_in_conflict(settings.panel)
    quiet = settings.quiet_hours
    if quiet.begin and (not quiet.end or minute_of_day(quiet.begin) == minute_of_day(quiet.end)):
        what = f'quiet_hours.end = "{quiet.end}": quiet hours that begin at {quiet.begin} need another end'
        yield Flaw(what, 'write end = "07:00" below [quiet_hours], say, or begin = "" for none'), "quiet_hours", "end"
    minutes = settings.rest.idle_poweroff_minutes
    if 0 < minutes < LEAST_IDLE_MINUTES:
        what = f"rest.idle_poweroff_minutes = {minutes:g}: a box that shuts down so soon lets nobody log in any more"
        yield Flaw(what, f"write 0 for never, or {LEAST_IDLE_MINUTES} or more"), "rest", "idle_poweroff_minutes"
    elif minutes and not settings.panel.power_off:
        what = f"rest.idle_poweroff_minutes = {minutes:g}: panel.power_off = false keeps the box from shutting down"
        yield Flaw(what, "write idle_poweroff_minutes = 0, or power_off = true"), "rest", "idle_poweroff_minutes"
    start, most = settings.sound.start_volume_percent, settings.sound.maximum_volume_percent
    if start > most:
        what = f"sound.start_volume_percent = {start}: lower it, sound.maximum_volume_percent is {most}"
        mend = f"write start_volume_percent = {most} below [sound], or raise maximum_volume_percent"
        yield Flaw(what, mend), "sound", "start_volume_percent"
    if (chimes := settings.sound.chime_volume_percent) > most:
        what = f"sound.chime_volume_percent = {chimes}: lower it, sound.maximum_volume_percent is {most}"
        mend = f"write chime_volume_percent = {most} below [sound], or raise maximum_volume_percent"
        yield Flaw(what, mend), "sound", "chime_volume_percent"
    if settings.clock.driver == "simulated" and settings.camera.driver != "simulated":
        what = 'clock.driver = "simulated": only camera.driver = "simulated" moves that clock'
        yield Flaw(what), "clock", "driver"
    if settings.clock.driver == "simulated" and settings.panel.driver == "gpiozero":
        what = 'clock.driver = "simulated": a real button needs time that passes; let panel.driver be "simulated" too'
        yield Flaw(what), "clock", "driver"


def _lines_in_conflict(panel: PanelSettings) -> Iterable[tuple[Flaw, str, str]]:
    """Say which lines are used twice. One of a pair alone is no mistake: mien config set writes a key at a time."""
    names = ("button_gpio", "led_gpio", "camera_led_gpio", "knob_a_gpio", "knob_b_gpio", "louder_gpio", "softer_gpio")
    lines = {name: getattr(panel, name) for name in names}
    for one, other in itertools.combinations(lines, 2):
        if lines[one] == lines[other] >= 0:
            what = f"panel.{one} and panel.{other} are both {lines[one]}: each needs a line of its own"
            yield Flaw(what, f"give one of them another number: {other} = -1 does without it"), "panel", other


def _checked(section: str, table: object, reading: _Reading) -> dict[str, tuple[Entry, Any]]:
    """Return what a section gives, by key, as far as it fits; note what does not."""
    if not isinstance(table, Mapping):
        mend = f"write [{section}] in single brackets" if isinstance(table, list) else f"write [{section}] as a line"
        reading.note(Flaw(f"[{section}] must be a section, not {shown_value(table)}", mend), section)
        return {}
    fitting = {}
    for key, value in table.items():
        entry = ENTRIES[section].get(key)
        if entry is None and key == section and isinstance(value, Mapping):
            reading.note(
                Flaw(f"unknown key {section}.{section}", f"leave {section}. out below [{section}]"), section, key
            )
        elif entry is None and key in ENTRIES and isinstance(value, Mapping):
            what = f"unknown key {section}.{key}; [{key}] is a section of its own"
            reading.note(Flaw(what, f"move its line below [{key}], and leave {key}. out"), section, key)
        elif entry is None:
            reading.note(unknown_key(section, key), section, key)
        elif isinstance(value, Mapping) and (section, key) in reading.lines:
            mend = f"write [{section}] as the section, and below it {entry.line(entry.default)}, say"
            reading.note(Flaw(f"{entry.name} is a key, and no section", mend), section, key)
        elif flaw := entry.problem(value):
            told = Flaw(f"{section}.{key} = {shown_value(value)}: {flaw.what}", flaw.mend)
            reading.note(told, section, key)
        else:
            fitting[key] = (entry, value)
    return fitting


def _read_section(name: str, kind: Any, table: object, reading: _Reading) -> Any:  # noqa: ANN401 - one of several classes
    values = {key: _converted(entry.default, entry, reading.folder) for key, entry in ENTRIES[name].items()}
    for key, (entry, value) in _checked(name, table, reading).items():
        try:
            values[key] = _converted(value, entry, reading.folder)
        except RuntimeError:  # from expanduser
            reading.note(Flaw(f"{entry.name} = {shown_value(value)}: nobody has this home folder"), name, key)
            continue
        reading.from_file.add(entry.name)
    return kind(**values)


def _converted(value: Any, entry: Entry, folder: Path) -> Any:  # noqa: ANN401 - as declared by the field
    if entry.kind is Path:
        return folder / Path(value).expanduser()
    return float(value) if entry.kind is float else value


def _read_places(table: object, reading: _Reading) -> dict[str, Place]:
    places = dict(FACE_PLACES)
    for label, (entry, (valence, arousal)) in _checked(PLACES, table, reading).items():
        places[label] = Place(float(valence), float(arousal))
        reading.from_file.add(entry.name)
    return places
