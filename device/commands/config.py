"""Print the effective settings, or change one: what the settings file changes stands out, and has its line beside it.

mien config                          every setting with its meaning; lines behind a # are defaults
mien config --template               the same without your changes: a file to start from
sudo mien config set KEY VALUE       write one line, checked first: sound.card Device
sudo mien config unset KEY           leave it to the default again
sudo mien config tidy                leave to its default whatever the file only repeats; a copy is kept beside it
"""

import argparse
from pathlib import Path

from device.commands._output import say
from device.commands._parser import add_config_argument
from device.errors import AccessError, ConfigurationError, ControlError
from device.settings.config_file import DEFAULT_FILE, load_configuration, salvaged_settings
from device.settings.editing import find_entry, value_from_words, with_value, without_defaults, without_value
from device.settings.listing import configuration_lines, template_lines
from device.settings.schema import shown_key
from device.settings.text_file import SettingsText, find_text, read_text, write_text
from device.status.control_socket import ControlClient

_BEFORE = ".before-tidy"
"""Ends the name of the copy that is kept."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_config_argument(parser)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--template", action="store_true", help="print the built-in defaults, ready to be edited")
    parser.add_argument("action", nargs="?", choices=("set", "unset", "tidy"), help="change the settings file")
    parser.add_argument("key", nargs="?", metavar="KEY", help="such as sound.card")
    parser.add_argument("value", nargs="*", metavar="VALUE", help="text needs no quotation marks")


def run(arguments: argparse.Namespace) -> int:
    """Print every key, change one line, or tidy the file.

    :raises ConfigurationError: if the file, the key or the value cannot be used; nothing was changed then.
    :raises AccessError: if this user may not change it.
    """
    file: Path = arguments.config or DEFAULT_FILE
    if arguments.action == "set":
        _set(file, arguments.key, arguments.value)
    elif arguments.action == "unset":
        _unset(file, arguments.key, arguments.value)
    elif arguments.action == "tidy":
        _tidy(file)
    else:
        template = arguments.template
        say(*(template_lines() if template else configuration_lines(load_configuration(arguments.config))), most=None)
    return 0


def _set(file: Path, key: str | None, words: list[str]) -> None:
    name, equals, rest = (key or "").partition("=")
    words = [rest, *words] if equals else words[1:] if words[:1] == ["="] else words
    if not name or not words:
        what = f"mien config set {shown_key(name)} has no value" if name else "mien config set needs a key and a value"
        raise ConfigurationError(what, mend='mien config set sound.card Device; "" (two quotation marks) for no text')
    entry = find_entry(name)
    value = value_from_words(entry, " ".join(filter(None, words)))
    source = find_text(file)
    changed = with_value(source, entry, value, file=file)
    if source and changed.text == source.text:
        say(f"{file} says so already: {entry.line(value)}")
        return
    _write(file, changed, f"[{entry.section}] {entry.line(value)}")


def _unset(file: Path, key: str | None, words: list[str]) -> None:
    if not key or words:
        what = "mien config unset takes one key"
        raise ConfigurationError(what, mend="mien config unset sound.card")
    entry = find_entry(key)
    source = find_text(file)
    changed = without_value(source, entry, file=file) if source else None
    if source is None or changed is None or changed.text == source.text:
        say(f"{file} does not change {entry.name}: {entry.line(entry.default)} holds, the default")
        return
    _write(file, changed, f"[{entry.section}] {entry.line(entry.default)}, the default")


def _tidy(file: Path) -> None:
    source = read_text(file)
    changed, left = without_defaults(source, file=file)
    if changed.text == source.text:
        say(f"{file} repeats no default: nothing was changed")
        return
    copy = file.with_name(f"{file.name}{_BEFORE}")
    write_text(copy, source)
    write_text(file, changed)
    say(f"{file}: what only repeated a default stands behind a # now, {len(left)} lines; {copy} is as it was before")


def _write(file: Path, changed: SettingsText, what: str) -> None:
    """Write the file, and say from when on it counts."""
    socket = salvaged_settings(file).paths.control_socket  # of the daemon that runs, whatever is being changed
    write_text(file, changed)
    say(f"{file} has now: {what}")
    try:
        ControlClient(socket).close()
    except ControlError:
        say("It counts when mien is started next.")
    except AccessError:
        say("It counts when mien is started next: sudo systemctl restart mien")
    else:
        say("It counts from the daemon's next start on: sudo systemctl restart mien (which cuts a song off)")
