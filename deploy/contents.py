"""Operations that give a box its settings, its release and its music, and never take from what its owner has there."""

import shlex
from pathlib import Path

from pyinfra.api.operation import operation
from pyinfra.context import host
from pyinfra.facts.files import File

from deploy.facts import Answer, FileSizes
from deploy.installing import Commands, bring, is_here
from deploy.layout import COMMAND, GROUP, KIT, MARK, MUSIC, RELEASES, SETTINGS
from device.releases.manifest import MANIFEST, SIGNATURE, Manifest

_CURRENT_ID = f'[ -f {RELEASES}/current/{MANIFEST} ] && basename "$(readlink {RELEASES}/current)"'


@operation()
def settings(template: Path) -> Commands:
    """Write the annotated settings where there are none; what is there stays as it is."""
    if host.get_fact(File, path=SETTINGS):
        host.noop("the settings are the owner's, and stay as they are")
        return
    unfinished = f"{SETTINGS}.unfinished"
    yield from bring(template, unfinished)
    yield f"sync {unfinished} && mv -n {unfinished} {SETTINGS}"


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
        for name in (MANIFEST, *manifest.files, *([SIGNATURE] if (folder / SIGNATURE).exists() else [])):
            yield from bring(folder / name, f"{source}/{name}")
    yield f"rm -f {MARK} && umask 022 && {COMMAND} release activate {shlex.quote(source)}/"


@operation()
def music(folder: Path, *, demo_of: str = "") -> Commands:
    """Copy the songs that are not there yet, or not whole; nothing is removed.

    :param demo_of: the release whose demo library this is; it is left out where the owner has other songs or another
        release. Empty for the owner's own music.
    """
    wanted = songs_of(folder)
    there = host.get_fact(FileSizes, folder=MUSIC)
    if demo_of and (there.keys() - wanted.keys() or current_release() not in {"", demo_of}):
        host.noop("the owner has music of their own")
        return
    missing = sorted(name for name, size in wanted.items() if there.get(name) != size)
    if not missing:
        host.noop("every song is there")
        return
    yield f"umask 002 && mkdir -p {shlex.join(sorted({str((Path(MUSIC) / name).parent) for name in missing}))}"
    for name in missing:
        yield from bring(folder / name, f"{MUSIC}/{name}", group=GROUP, mode="0664")


def current_release() -> str:
    """Return the id of the box's current release, nothing if it has none that is more than a link."""
    return host.get_fact(Answer, of=_CURRENT_ID)


def songs_of(folder: Path) -> dict[str, int]:
    """Return the size in bytes of every file of a music folder by its relative path, hidden ones and pages left out."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".md")
    named = ((path.relative_to(folder), path.stat().st_size) for path in files)
    return {str(name): size for name, size in named if not any(part.startswith(".") for part in name.parts)}
