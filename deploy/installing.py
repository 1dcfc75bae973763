"""Operations that bring software to a box: Debian's packages, and a version of mien of its own."""

import shlex
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import BinaryIO

from pyinfra.api.exceptions import DeployError
from pyinfra.api.operation import operation
from pyinfra.connectors.local import LocalConnector
from pyinfra.context import host, state
from pyinfra.facts.deb import DebPackages
from pyinfra.facts.files import File, Link
from pyinfra.operations import files

from deploy.facts import Answer, AptCandidates, room_in
from deploy.layout import KIT, MARK, VENV, VERSIONS
from deploy.software import Software

_APT_INSTALL = "DEBIAN_FRONTEND=noninteractive apt-get install -o DPkg::Lock::Timeout=600 -q -y --no-install-recommends"
"""It waits for another at work: a fresh system updates itself, and what was broken off may still be running."""

ROOM_MEGABYTES = 700
"""What a version takes at most while it is built: measured, 332 on Trixie, 68 for its wheels and 151 while pip unpacks
them; and a quarter more."""

_COMPLETE = ".complete"
"""The last file of a version: one without it was interrupted, and is made again."""

Commands = Generator[object, None, None]


@operation()
def apt_packages(needed: Sequence[str], welcome: Sequence[str]) -> Commands:
    """Install packages; of those that are only welcome, the ones that apt knows."""
    installed = host.get_fact(DebPackages)
    missing = [name for name in needed if name not in installed]
    wished = [name for name in welcome if name not in installed]
    if missing or host.get_fact(AptCandidates, packages=wished):
        yield "DEBIAN_FRONTEND=noninteractive dpkg --configure -a || true"  # what a pulled plug left half done
        yield "apt-get update -q || echo 'apt cannot fetch its lists again, and goes on with those it has'"
        if missing:
            yield f"{_APT_INSTALL} {shlex.join(missing)}"
        for name in wished:
            yield f"! LC_ALL=C apt-cache policy {name} | grep -q 'Candidate: [^(]' || {_APT_INSTALL} {name}"
    else:
        host.noop("every package is there that this system has")
    known = host.get_fact(AptCandidates, packages=wished)
    if state.is_executing and len(known) < len(wished):
        host.log(f"this system has no {' and no '.join(name for name in wished if name not in known)}")


@operation()
def software_version(software: Software, stamp: str) -> Commands:
    """Build a version of the software whole, beside the one that runs."""
    folder = f"{VERSIONS}/{stamp}"
    if host.get_fact(File, path=f"{folder}/{_COMPLETE}"):
        host.noop(f"{stamp} is there")
        return
    _refuse_without_room()
    for path in (software.wheel, software.requirements):
        yield from bring(path, f"{KIT}/{path.name}")
    wheels = software.wheels and (str(software.wheels) if is_here() else f"{KIT}/wheels")
    if software.wheels and not is_here():
        for path in sorted(software.wheels.glob("*.whl")):
            yield from bring(path, f"{wheels}/{path.name}")
    # --ignore-installed: apt's own numpy, say, serves other programs and may change under ours.
    # --ignore-requires-python: LiteRT asks for backports-strenum on every Python, which refuses those that need it not.
    pip = f"{folder}/bin/python -I -m pip install -q --disable-pip-version-check --no-input --cache-dir {KIT}/cache"
    pip += " --ignore-installed --ignore-requires-python"
    # Hashes, and nothing that would be built here: that would fetch and run what to build it with, unpinned, as root.
    fetched = "--require-hashes --only-binary=:all:"
    if wheels:
        fetched += f" --no-index --find-links {shlex.quote(wheels)}"
    steps = (
        # What outlives an installation that was broken off still writes there; it holds this lock until it ends.
        "umask 077",
        f"exec 8>{VERSIONS}/.lock",
        "umask 022",
        "flock -w 900 8",
        f"rm -rf {folder}",
        # pip unpacks there what it has fetched: /tmp is in memory on many systems, and small where memory is.
        f"mkdir -p {KIT}/unpacked && export TMPDIR={KIT}/unpacked",
        f"python3 -I -m venv --system-site-packages {folder}",
        f"{pip} {fetched} -r {KIT}/{software.requirements.name}",
        f"{pip} --no-index --no-deps {KIT}/{software.wheel.name}",
        f"{folder}/bin/mien config > /dev/null",
        f"sync -f {folder}",
        f"touch {folder}/{_COMPLETE}",
        f"sync -f {folder}",
    )
    yield " && ".join(steps)


def _refuse_without_room() -> None:
    room = host.get_fact(Answer, of=room_in(VERSIONS))
    if room.isdecimal() and int(room) < ROOM_MEGABYTES:
        msg = f"{VERSIONS}: {room} MB are free, and this version needs {ROOM_MEGABYTES}; make room, sudo apt clean, say"
        raise DeployError(msg)


@operation()
def software_switch(stamp: str) -> Commands:
    """Let the version be the one that runs from the next start on, in one step."""
    target = f"versions/{stamp}"
    link = host.get_fact(Link, path=VENV)
    if link and link["link_target"] == target:
        host.noop(f"{stamp} is the one that runs")
        return
    yield f"rm -f {MARK} && ln -sfn {target} {VENV}.next && mv -fT {VENV}.next {VENV} && sync -f {VERSIONS}"


@operation()
def old_versions(stamp: str) -> Commands:
    """Remove what was brought, and all versions but this one and the one before it."""
    others = [name for name in host.get_fact(Answer, of=f"ls -1t {VERSIONS}").split() if name != stamp]
    unneeded = [f"{VERSIONS}/{name}" for name in others[1:]]
    if host.get_fact(Answer, of=f"ls -d {KIT}"):
        unneeded.append(KIT)
    if not unneeded:
        host.noop("nothing is left over")
        return
    yield f"rm -rf {shlex.join(unneeded)}"


def is_here() -> bool:
    """Whether the box is this very machine."""
    return host.connector_cls is LocalConnector


def bring(source: Path, target: str) -> Commands:
    """Put a file of this machine onto the box, unless it is there; only root may write in the folder it goes to."""
    if is_here():
        yield f"install -D -g root -m 0644 {shlex.quote(str(source))} {shlex.quote(target)}"
    else:
        yield from send(str(source), target)


def send(source: str | BinaryIO, target: str) -> Commands:
    """Send a file, or what is read of an open one, to a box that is another machine."""
    # _inner: pyinfra's way to nest
    yield from files.put._inner(source, target, group="root", mode="0644", add_deploy_dir=False)  # noqa: SLF001
