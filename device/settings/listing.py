"""The settings as a file to read: every key with its sentence, and a # before each that the owner left as it is.

So a box whose settings were begun from it holds what its owner changed, and takes a better default with a new version.
"""

from collections.abc import Mapping

from device.emotion.labels import Place
from device.files.untrusted import printable
from device.settings.config_file import Configuration
from device.settings.schema import ENTRIES, PLACES, Entry
from device.settings.sections import Settings

TEMPLATE_HEAD = (
    "# The settings of a mien box: /etc/mien/mien.toml. Every key stands behind a #, at its default.",
    "# To change one, take its # away and write another value; or: sudo mien config set sound.card Device",
    "# Printed by: mien config --template. What holds on your box, and what you have changed: mien config",
    "",
)

_PLACES_SENTENCE = "# Where each face emotion lies: [valence, arousal], both in [-1, 1]."


def template_lines() -> list[str]:
    """Return a settings file to start from: it changes nothing, and names everything."""
    return [*TEMPLATE_HEAD, *_file_lines({entry.name: default_line(entry) for entry in _all()})]


def configuration_lines(configuration: Configuration) -> list[str]:
    """Return the effective settings as a settings file; what the owner's file says stands out without a #.

    A comment behind such a line says in which line of the file it stands, and what the default is.
    """
    file, changed = configuration.file, {name for name, o in configuration.origins.items() if o != "default"}
    head = f"# {printable(str(file))} changes {len(changed)} of these" if file else "# Every setting is at its default"
    if changed:
        head += ": the lines without a #. All others hold as they stand, being the defaults"
    lines = {}
    for entry in _all():
        value = _value(configuration.settings, entry)
        lines[entry.name] = f"#{entry.line(value)}"
        if entry.name in changed:
            where = f"line {configuration.lines[entry.name]}" if entry.name in configuration.lines else str(file)
            default = "the default as well" if value == entry.default else f"the default: {_shown_default(entry)}"
            lines[entry.name] = f"{entry.line(value)}  # {printable(where)}; {default}"
    return [f"{head}.", "", *_file_lines(lines)]


def default_line(entry: Entry) -> str:
    """Return the line that a settings file has for a key which its owner leaves alone."""
    return f"#{entry.line(entry.default)}"


def _file_lines(settings: Mapping[str, str]) -> list[str]:
    lines: list[str] = []
    for section, entries in ENTRIES.items():
        lines += ["", f"[{section}]"] if lines else [f"[{section}]"]
        if section == PLACES:
            lines.append(_PLACES_SENTENCE)
        for entry in entries.values():
            if section != PLACES:
                lines.append(f"# {entry.sentence}{entry.limits}")
            lines.append(settings[entry.name])
    return lines


def _all() -> list[Entry]:
    return [entry for section in ENTRIES.values() for entry in section.values()]


def _value(settings: Settings, entry: Entry) -> object:
    if entry.section == PLACES:
        place: Place = settings.places[entry.key]
        return place
    value: object = getattr(getattr(settings, entry.section), entry.key)
    return value


def _shown_default(entry: Entry) -> str:
    return entry.line(entry.default).partition(" = ")[2]
