"""The settings file as text: read in whatever encoding an editor has saved it, and written back in the same.

bytes ─▶ by their mark UTF-8, UTF-16 or UTF-32 ─▶ text, or one sentence that says what the bytes are
"""

import codecs
import errno
import os
import shlex
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from device.errors import AccessError, ConfigurationError
from device.files.atomic_files import unfinished
from device.files.untrusted import open_regular, plain, read_at_most

_MOST_BYTES = 1 << 16
"""Of a settings file: ten times the one with every key and its meaning."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_ANOTHER = "name a settings file with --config; mien config --template prints one to start from"

_MOST_CONTROLS, _MOST_CONTROLS_SHARE = 8, 0.05
"""Control characters that a text may hold, and their share of it; where both are more, it is none."""


@dataclass(frozen=True, slots=True)
class SettingsText:
    """What a settings file says, and Python's name of the encoding that it is saved in."""

    text: str
    codec: str = "utf-8"

    @property
    def lines(self) -> list[str]:
        """Its lines, as they are counted everywhere; each keeps a carriage return that it ends with."""
        return self.text.split("\n")


def find_text(file: Path) -> SettingsText | None:
    """Read a settings file as :func:`read_text` does; return None if it is not there.

    :raises ConfigurationError: if it is there and cannot be used.
    """
    try:
        return read_text(file)
    except ConfigurationError as error:
        missing = isinstance(error.__cause__, (FileNotFoundError, NotADirectoryError))
        if missing and not os.path.lexists(file):
            return None
        raise


def read_text(file: Path) -> SettingsText:
    """Read a settings file as text; links are the owner's, and followed.

    :raises ConfigurationError: if it is no file, cannot be read, is too large, or is no text in UTF-8, -16 or -32.
    """
    try:
        with open_regular(file, follow_links=True) as opened:
            content = read_at_most(opened, _MOST_BYTES)
    except OSError as error:
        raise _unreadable(file, error) from error
    codec = _codec_of(content)
    try:
        text = content.decode(codec)
    except UnicodeDecodeError as error:
        raise _no_text(file, content, codec, error.start) from error
    if "\0" in text:
        raise _no_text(file, content, codec, 0)
    if "\r" in text and "\n" not in text:  # as a Mac of the last century ended its lines
        text = text.replace("\r", "\n")
    return SettingsText(text, codec)


def salvage_text(file: Path) -> SettingsText:
    """Read what can be read of a settings file; an empty text if that is nothing."""
    with suppress(OSError), open_regular(file, follow_links=True) as opened:
        content = opened.read(_MOST_BYTES)
        codec = _codec_of(content)
        return SettingsText(content.decode(codec, errors="replace"), codec)
    return SettingsText("")


def write_text(file: Path, written: SettingsText) -> None:
    """Replace the settings file's content in one step; rights, owner and a link to the file stay as they are.

    :raises AccessError: if this user may not.
    :raises ConfigurationError: if the disk refuses it.
    """
    target = file.resolve()
    try:
        facts = target.stat() if target.exists() else None
        with unfinished(target) as hidden, hidden.open("xb") as opened:
            opened.write(written.text.encode(written.codec))
            os.fchmod(opened.fileno(), stat.S_IMODE(facts.st_mode) if facts else 0o644)
            if facts and (facts.st_uid, facts.st_gid) != (os.geteuid(), os.getegid()):
                with suppress(PermissionError):  # whoever may write here and is not root leaves a file of their own
                    os.fchown(opened.fileno(), facts.st_uid, facts.st_gid)
    except PermissionError as error:
        what = f"{file}: this user may not change the settings"
        raise AccessError(what, mend="put sudo before the command") from error
    except OSError as error:
        what = f"{file}: the settings cannot be written ({error.strerror}), and stay as they were"
        mends = {
            errno.ENOENT: f"make its folder: sudo mkdir -p {target.parent}",
            errno.EROFS: "let the disk be written to",
        }
        raise ConfigurationError(what, mend=mends.get(error.errno or 0, "make room on the disk (df -h)")) from error


def _codec_of(content: bytes) -> str:
    """Name the encoding by the mark that text begins with; UTF-8 without one."""
    return next((codec for mark, codec in _MARKS if content.startswith(mark)), "utf-8")


def _unreadable(file: Path, error: OSError) -> ConfigurationError:
    """Say why a file cannot be read, with the mend that fits."""
    reason = error.strerror
    if isinstance(error, PermissionError) and (refusal := AccessError.of(file)):
        mend = refusal.mend
        with suppress(OSError):  # everybody may read the settings: they hold no secret
            if not stat.S_IMODE(file.stat().st_mode) & (stat.S_IRGRP | stat.S_IROTH):
                mend = f"let everybody read it: sudo chmod 644 {file}"
        return ConfigurationError(refusal.what, mend=mend)
    if os.path.isdir(file):  # noqa: PTH112 - which is silent where it may not look
        inside = file / "mien.toml"
        reason = "it is a folder"
        mend = f"name the file in it: --config {inside}" if inside.is_file() else _away(file)
    elif file.is_symlink() and not file.exists():
        reason, mend = "it is a link that leads nowhere", f"remove the link, or let it lead to a file: {file}"
    elif isinstance(error, (FileNotFoundError, NotADirectoryError)):
        reason, mend = "it is not there", f"{_ANOTHER}: mien config --template > mien.toml"
    else:
        mend = _away(file)
    return ConfigurationError(f"{file}: the settings cannot be read ({reason})", mend=mend)


def _away(file: Path) -> str:
    """Say how to do without what lies in the file's place."""
    name = shlex.quote(str(file))
    return f"move it away: sudo mv {name} {name}.old; then write anew what is not at its default: sudo mien config set"


def _no_text(file: Path, content: bytes, codec: str, at: int) -> ConfigurationError:
    """Say what bytes are that make no text."""
    save = "save the file as UTF-8 (in Notepad: Save as, with the encoding UTF-8)"
    refused = f"{file}: the settings cannot be read: "
    if codec not in {"utf-8", "utf-8-sig"}:
        name = codec.upper()
        return ConfigurationError(f"{refused}it begins like {name}, and from byte {at} on it is none", mend=save)
    if content.count(0) > len(content) / 4:
        if not content.strip(b"\0"):
            what = "it holds nothing but zero bytes, as after a power cut"
            return ConfigurationError(f"{refused}{what}", mend=_away(file))
        wide = all((one == 0) != (other == 0) for one, other in zip(content[:16:2], content[1:16:2], strict=False))
        what = "it is saved as UTF-16, without the mark that says so" if wide else "it is no text"
        return ConfigurationError(f"{refused}{what}", mend=save if wide else _away(file))
    controls = sum(byte < ord(" ") and byte not in b"\t\n\r\f" for byte in content)
    if controls > max(_MOST_CONTROLS, _MOST_CONTROLS_SHARE * len(content)):
        return ConfigurationError(f"{refused}it is no text", mend=_away(file))
    if 0 in content:
        line = content.count(b"\n", 0, content.index(0)) + 1
        mend = f"delete line {line}, and type it anew"
        return ConfigurationError(f"{refused}line {line} holds a zero byte, which no text has", mend=mend)
    line = content.count(b"\n", 0, at) + 1
    meant = plain(content[at : at + 1].decode("cp1252", errors="ignore"))
    guess = f"; it would be {meant} in Latin-1 or Windows-1252" if meant else ""
    what = f"{refused}line {line} holds byte {content[at]:#04x}, no UTF-8{guess}"
    return ConfigurationError(what, mend=f"{save}, or write line {line} without it")
