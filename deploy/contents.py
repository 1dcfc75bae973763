"""Operations that give a box its settings, its release and its music, and never take from what its owner has there."""

import os
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from pyinfra.api.exceptions import DeployError
from pyinfra.api.operation import operation
from pyinfra.context import host, state
from pyinfra.facts.files import File

from deploy.facts import Answer, FileSizes
from deploy.installing import Commands, bring, is_here, send
from deploy.layout import COMMAND, GROUP, KIT, MARK, MUSIC, RELEASES, SETTINGS, VENV
from device.files.untrusted import open_beneath, open_inside, plain
from device.player.music_files import is_music
from device.releases.manifest import MANIFEST, SIGNATURE, Manifest
from device.settings.editing import FULL_TEMPLATE_HEAD

_PINS_EVERYTHING = f"head -n 1 {SETTINGS} | grep -F {shlex.quote(FULL_TEMPLATE_HEAD)}"
"""Says something of a copy of the first versions' template, which gave every key its value of those days."""

_CURRENT_ID = f'[ -f {RELEASES}/current/{MANIFEST} ] && basename "$(readlink {RELEASES}/current)"'

_PLACER = Path(__file__).with_name("place_songs.py")
_PASSED_OVER = f"{KIT}/passed-over"
"""Where the box keeps a line for each song that was not placed."""
_MOST_NAMED = 10
_BATCH_CHARACTERS = 30_000
"""Of names in one command: Linux takes 128 KiB."""
_BATCH_BYTES = 256_000_000
"""Of songs that wait on another machine's card for their place."""


@operation()
def settings(template: Path) -> Commands:
    """Write the annotated settings where there are none; what is there stays as it is.

    They change nothing: a default that a later version betters reaches the box.
    """
    if host.get_fact(File, path=SETTINGS):
        host.noop("the settings are the owner's, and stay as they are")
        return
    unfinished = f"{SETTINGS}.unfinished"
    yield from bring(template, unfinished)
    yield f"sync {unfinished} && mv -n {unfinished} {SETTINGS}"


@operation()
def tidied_settings() -> Commands:
    """Leave to its default what a copy of an earlier template only repeats, and keep a copy; what was changed stays."""
    if not host.get_fact(Answer, of=_PINS_EVERYTHING):
        host.noop("the settings hold what their owner changed")
        return
    yield f"{COMMAND} config tidy || echo 'the settings stay as they are: see mien config'"
    if state.is_executing:
        host.log(f"settings that only repeated a default stand behind a # now; as they were: {SETTINGS}.before-tidy")


@operation()
def release(folder: Path, manifest: Manifest, *, asked: bool) -> Commands:
    """Verify a release, try it out and make it the current one, by the box's own software.

    :param asked: whether the owner named it; otherwise it is only for a box that has none.
    """
    current = current_release()
    if current and (current == manifest.release_id or not asked):
        host.noop(f"release {current} is the current one")
        return
    source = str(folder)
    if not is_here():
        source = f"{KIT}/release"
        signature = [SIGNATURE] if os.path.lexists(folder / SIGNATURE) else []
        for name in (MANIFEST, *manifest.files, *signature):
            yield from _send_part(folder, name, f"{source}/{name}")
    yield f"rm -f {MARK} && umask 022 && {COMMAND} release activate {shlex.quote(source)}/"


@operation()
def music(folder: Path, *, demo_of: str = "") -> Commands:
    """Copy the songs that are not there yet, or not whole; nothing is removed, and no link is followed on the way.

    :param demo_of: the release whose demo library this is; it is left out where the owner has other songs or another
        release. Empty for the owner's own music.
    """
    wanted, left = songs_of(folder)
    there = host.get_fact(FileSizes, folder=MUSIC)
    if demo_of and (there.keys() - wanted.keys() or current_release() not in {"", demo_of}):
        host.noop("the owner has music of their own")
        return
    _tell(f"left out of {folder}", left)
    missing = {name: wanted[name] for name in sorted(wanted) if there.get(name) != wanted[name]}
    if not missing:
        host.noop("every song is there")
        return
    placer, source = f"{KIT}/{_PLACER.name}", str(folder) if is_here() else f"{KIT}/music"
    yield from bring(_PLACER, placer)
    yield f"rm -f {_PASSED_OVER}"
    for batch in _batches(missing):
        if not is_here():
            for name in batch:
                with open_inside(folder, name) as song:
                    yield from send(song, f"{source}/{name}")
        place = shlex.join([f"{VENV}/bin/python", "-I", placer, source, MUSIC, GROUP])
        yield f"printf '%s\\0' {shlex.join(batch)} | {place} >> {_PASSED_OVER}"
        if not is_here():
            yield f"rm -rf {source}"
    _tell("not placed", host.get_fact(Answer, of=f"cat {_PASSED_OVER}").splitlines())


def current_release() -> str:
    """Return the id of the box's current release, nothing if it has none that is more than a link."""
    return host.get_fact(Answer, of=_CURRENT_ID)


def songs_of(folder: Path) -> tuple[dict[str, int], list[str]]:
    """Return a music folder's songs by their relative paths, with their sizes in bytes, and what is left out, with why.

    Songs are files of music that are not hidden, links to such in the same folder included.
    """
    wanted, left = {}, []
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        if not is_music(name) or any(part.startswith(".") for part in Path(name).parts) or path.is_dir():
            continue
        try:
            name.encode()
            with open_inside(folder, name) as song:
                wanted[name] = os.fstat(song.fileno()).st_size
        except UnicodeEncodeError:
            left.append(f"{name!a}: its name is not valid UTF-8")
        except OSError as error:
            left.append(f"{name}: {error.strerror}")
    return wanted, left


def _send_part(folder: Path, name: str, target: str) -> Commands:
    """Send a file of a release; a link in its place could lead to anything that the person who installs may read."""
    try:
        part = open_beneath(folder, name)
    except OSError as error:
        msg = plain(f"{folder / name}: not sent to a box ({error.strerror}); copy the release anew, links resolved")
        raise DeployError(msg) from error
    with part:
        yield from send(part, target)


def _batches(sizes: Mapping[str, int]) -> Iterator[list[str]]:
    """Split songs so that each part fits into one command, and onto a card beside all else."""
    batch: list[str] = []
    characters = size = 0
    for name in sizes:
        if batch and (characters + len(shlex.quote(name)) > _BATCH_CHARACTERS or size + sizes[name] > _BATCH_BYTES):
            yield batch
            batch, characters, size = [], 0, 0
        batch.append(name)
        characters += len(shlex.quote(name)) + 1
        size += sizes[name]
    if batch:
        yield batch


def _tell(heading: str, lines: list[str]) -> None:
    """Name what was passed over, while the steps are carried out."""
    if not lines or not state.is_executing:
        return
    more = f", and {len(lines) - _MOST_NAMED} more" if len(lines) > _MOST_NAMED else ""
    host.log(plain(f"{heading}: {'; '.join(lines[:_MOST_NAMED])}{more}"))
