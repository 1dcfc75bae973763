"""One box, from a fresh Raspberry Pi OS to a daemon that is ready: a deploy for pyinfra.

sudo ./deploy/install.sh                    this machine
pyinfra INVENTORY deploy/box.py             every machine of an inventory

Data that it takes, each a path on the machine that runs pyinfra (--data NAME=VALUE, or in the inventory):
``wheels``, a folder that everything of pip comes from; ``release``, a release to activate, and not only where there is
none; ``music``, songs to copy; and ``operator``, the user who may ask the daemon (default: the login).
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # pyinfra runs this file by its path, from any folder

from pyinfra.api.deploy import deploy
from pyinfra.api.exceptions import DeployError
from pyinfra.context import host, state
from pyinfra.facts.files import Link
from pyinfra.operations import files, server

from deploy import contents, installing, layout, service
from deploy.facts import GROUPS, HEAP_GROUPS, HOME, LOGIN, MACHINE, PYTHON_VERSION, SYSTEMD_VERSION, Answer
from deploy.report import report_changes
from deploy.software import find_software
from device.releases.manifest import read_manifest

CHECKOUT = Path(__file__).resolve().parents[1]
HERE = CHECKOUT / "deploy"
MODELS = CHECKOUT / "models"


@deploy("mien")
def box() -> None:
    """Make this machine a box, or leave it as it is if it is one."""
    refuse_unsuitable()
    installing.apt_packages(name="packages of the system", needed=layout.PACKAGES, welcome=layout.PI_PACKAGES)
    user()
    folders()
    contents.settings(name="settings", template=HERE / "mien.toml")
    stamp = software()
    contents.tidied_settings(name="settings of an earlier version")
    release_and_music()
    run(stamp)
    installing.old_versions(name="older software", stamp=stamp)


def refuse_unsuitable() -> None:
    """Stop at a machine on which nothing of this could work, before anything is done to it."""
    machine, python = host.get_fact(Answer, of=MACHINE), host.get_fact(Answer, of=PYTHON_VERSION)
    if machine not in {"arm64", "amd64"}:
        msg = f"{machine or 'no Debian'}: a 64-bit Debian is needed; write Raspberry Pi OS (64-bit) onto the card"
        raise DeployError(msg)
    if not python or tuple(map(int, python.split("."))) < (3, 11):
        msg = (
            f"Python {python or 'is missing'}: 3.11 or later is needed, as Raspberry Pi OS Bookworm and Trixie have it"
        )
        raise DeployError(msg)


def user() -> None:
    """A user for the daemon, in the groups of what it uses; and whoever logs in may ask the daemon."""
    server.group(name="group mien", group=layout.GROUP, system=True)
    heaps = host.get_fact(Answer, of=HEAP_GROUPS).split()
    there = host.get_fact(Answer, of=GROUPS).split()
    wanted = {*layout.DEVICE_GROUPS, *(heap for heap in heaps if heap != "root")}
    server.user(  # noqa: S604 - the shell is a user's, no command's
        name="user mien",
        user=layout.USER,
        group=layout.GROUP,
        groups=[group for group in sorted(wanted) if group in there],
        append=True,
        system=True,
        home=layout.DATA,
        ensure_home=False,
        shell="/usr/sbin/nologin",
    )
    operator = host.data.get("operator") or login()
    if operator != "root":
        server.user(
            name=f"{operator} may ask the daemon", user=operator, groups=[layout.GROUP], append=True, ensure_home=False
        )


def folders() -> None:
    """Make the folders, each with who may write there."""
    for folder in (layout.SOFTWARE, layout.VERSIONS, layout.SETTINGS_FOLDER, layout.DATA, layout.RELEASES):
        files.directory(name=folder, path=folder, user="root", group="root", mode="0755")
    files.directory(name=layout.STATE, path=layout.STATE, user=layout.USER, group=layout.GROUP, mode="0750")
    if not host.get_fact(Link, path=layout.MUSIC):  # an owner may have put a link to a stick there
        files.directory(name=layout.MUSIC, path=layout.MUSIC, user="root", group=layout.GROUP, mode="2775")


def software() -> str:
    """Build this version of mien beside the others, and let it be the one that runs; return its name."""
    parts = find_software(CHECKOUT, _path("wheels"))
    stamp = parts.stamp(host.get_fact(Answer, of=PYTHON_VERSION))
    installing.software_version(name=f"software {stamp}", software=parts, stamp=stamp)
    installing.software_switch(name="software in use", stamp=stamp)
    files.link(name=layout.COMMAND, path=layout.COMMAND, target=f"{layout.VENV}/bin/mien", force=True)
    return stamp


def release_and_music() -> None:
    """Copy songs, and then the table that names them."""
    folder, asked = _path("release") or MODELS, bool(_path("release"))
    manifest = read_manifest(folder)
    music = _path("music")
    if music:
        contents.music(name="music", folder=music)
    else:
        contents.music(name="demo library", folder=MODELS / "demo_library", demo_of=read_manifest(MODELS).release_id)
    contents.release(name=f"release {manifest.release_id}", folder=folder, manifest=manifest, asked=asked)


def run(stamp: str) -> None:
    """Install the service, let it start at boot, and start it now."""
    parts = {
        HERE / layout.SERVICE: f"{layout.UNITS}/{layout.SERVICE}",
        HERE / layout.FAULT_SERVICE: f"{layout.UNITS}/{layout.FAULT_SERVICE}",
        HERE / "50-mien.rules": layout.POLKIT_RULE,
    }
    systemd = host.get_fact(Answer, of=SYSTEMD_VERSION)
    if systemd.isdigit() and int(systemd) >= layout.BACKOFF_SINCE_SYSTEMD:
        parts[HERE / "backoff.conf"] = layout.BACKOFF
    for source, target in {**parts, HERE / "README.md": layout.GUIDE}.items():
        service.placed(name=target, source=source, target=target)
    service.enabled(name="start at boot")
    # A box that is installed and lacks its camera is mended with a cable: here mien doctor has the last word.
    service.started(name="service", mark=service.mark_of(stamp, parts), _ignore_errors=installing.is_here())


def login() -> str:
    """Return the name of the user that the commands come from; one who is not root needs sudo for them."""
    return host.get_fact(Answer, of=LOGIN, _sudo=False)


def _path(key: str) -> Path | None:
    given = host.data.get(key)
    return Path(str(given)).expanduser().resolve() if given else None


report_changes(state)
# What is on its way to root waits in the login's own folder: in /tmp, pyinfra's names can be foreseen by everybody.
box(_sudo=login() != "root", _temp_dir=host.get_fact(Answer, of=HOME, _sudo=False) or None)
