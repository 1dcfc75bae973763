"""One box of the fleet: what it is asked, and its troubles in words that a person can mend."""

import shlex
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Protocol, TypeVar

from gevent.hub import Hub, get_hub
from gevent.pool import Pool
from pyinfra.api.exceptions import ConnectError, PyinfraError
from pyinfra.api.host import Host

from device.releases.push_protocol import Plan, PushOffer, read_plan
from tools.errors import FleetError
from tools.fleet.answers import MOST_STATUS_BYTES, BoxStatus, find_document, read_status
from tools.fleet.login import mend_login
from tools.fleet.pyinfra_connector import OpenSSHConnector
from tools.fleet.ssh import SSH_FAILED, Ended, Hear, Limits, TooMuchSaidError, last_line
from tools.transfers import Show, Transfer

PATIENCE_SECONDS = 300.0
"""How long one command on a box may take: a Pi Zero tries a release for a while."""

MOST_PLAN_BYTES = 16 * 1024 * 1024
"""What a plan may take beside twice the offer, of which it names files again."""
MOST_SAID_BYTES = 1024 * 1024
"""What any other command may print."""

_SLOWEST_BYTES_A_SECOND = 20_000.0
"""A transfer that is slower does not come to an end."""
_STALLED_SECONDS = 120

_NO_JSON = "let its shell say nothing to commands (~/.bashrc there), and see what `{ssh} {doing}` prints"
_GO_ON = "push again when the box is back: it goes on where it stopped"
_INSTALL = "install it: pyinfra INVENTORY deploy/box.py, or deploy/install.sh on the box"
_CLEAN_SHELL = "let ~/.bashrc and its like print nothing there when no person is at the terminal"
_TOO_OLD = ("invalid choice: ", "its mien is too old to be pushed to", _INSTALL)
_KNOWN_TROUBLES = (
    (
        "a password is required",
        "sudo asks for a password there",
        "give this login sudo without a password, or use root",
    ),
    ("sudo: not found", "it has no sudo, and the login is not root", "log in as root, or: apt install sudo"),
    ("is your shell clean", "its shell prints something before rsync can begin", _CLEAN_SHELL),
    ("mien: not found", "mien is not installed there", _INSTALL),
    ("mien: command not found", "mien is not installed there", _INSTALL),
    ("rsync: not found", "rsync is not installed there", "sudo apt install rsync, there"),
    ("Failed to find executable rsync", "rsync is not installed there", "sudo apt install rsync, there"),  # systemd's
    ("rsync: command not found", "rsync is not installed there", "sudo apt install rsync, there"),
)

_ONLY_THERE = (
    '[ -w /run/systemd/system ] && [ -d "$1" ] || { shift; exec "$@"; }; '
    """folder=$(printf %s "$1" | sed 's/["\\]/\\\\&/g'); shift; """
    # systemd reads $ in a command as a variable, and $$ as $.
    """for word; do shift; set -- "$@" "$(printf %s "$word" | sed 's/[$]/&&/g')"; done; """
    "exec systemd-run --quiet --pipe --wait --collect -p ProtectSystem=strict -p PrivateDevices=yes "
    '-p ProtectKernelTunables=yes -p "ReadWritePaths=\\"$folder\\"" "$@"'
)
"""Shell that runs a command as root so that it can write in one folder, and nowhere else on the box.

Members of the group mien write in the music folder as well, and rsync goes by paths: while a member exchanged a folder
there for a link to /etc, ten pushes of ten to Debian bookworm's rsync 3.2.7 wrote into /etc.
"""

_ASKED_AT_ONCE = 200
"""Looking is cheap, and a box that does not answer should keep no other waiting."""

Reply = TypeVar("Reply")


class TooOldError(FleetError):
    """The mien of a box does not know what it is asked for."""


class Link(Protocol):
    """What the steps of a push ask of a box."""

    def run(self, *words: str, given: str = "", most_bytes: int = MOST_SAID_BYTES) -> str:
        """Run a command as root and return what it printed.

        :raises FleetError: if it fails; a :class:`TooOldError` if the box does not know it.
        """

    def transfer(self, files: int, size: int) -> Transfer:
        """Begin to show a transfer of so many files and bytes."""

    def send(  # noqa: PLR0913 - what rsync takes, how much it is, and who hears of it
        self, source: str, target: str, names: Sequence[str], flags: Sequence[str], *, size: int, hear: Hear
    ) -> None:
        """Send files by their names below ``source`` to below ``target``, as root.

        :param size: of all of them, in bytes.
        :param hear: takes what rsync says of its progress.
        :raises FleetError: if the transfer breaks off; what came over stays for the next try.
        """


class Box:
    """A box behind pyinfra's host; connects when it is first asked something."""

    show: Show | None = None
    """Shows how transfers to it go on; None leaves them unseen."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.name = host.name.removeprefix("@openssh/").removeprefix("@ssh/")
        self.groups = tuple(host.groups)

    @property
    def ssh(self) -> str:
        """How a person logs in to it.

        :raises FleetError: if it cannot be reached.
        """
        return self._connected().address.typed("ssh")

    def run(
        self, *words: str, given: str = "", seconds: float = PATIENCE_SECONDS, most_bytes: int = MOST_SAID_BYTES
    ) -> str:
        """Run a command as root and return what it printed; what is no UTF-8 is replaced.

        :raises FleetError: if the box cannot be reached, or the command fails, takes longer than ``seconds`` or prints
            more than ``most_bytes``.
        """
        return self._ask(words, given=given, as_root=True, seconds=seconds, most_bytes=most_bytes)

    def status(self, *, seconds: float) -> BoxStatus:
        """Return what ``mien status --json`` says; sudo is not needed for it.

        :raises FleetError: if the box or its daemon does not answer, or its answer makes no sense.
        """
        words = ("mien", "status", "--json")
        said = self._ask(words, given="", as_root=False, seconds=seconds, most_bytes=MOST_STATUS_BYTES)
        try:
            return read_status(said)
        except ValueError as error:
            what = f"{self.name}: its answer is not understood ({error})"
            raise FleetError(what, mend=_NO_JSON.format(ssh=self.ssh, doing=" ".join(words))) from error

    def transfer(self, files: int, size: int) -> Transfer:
        """Begin to show a transfer of so many files and bytes."""
        show, name = self.show, self.name
        return Transfer(files, size, lambda progress: show(name, progress) if show else None)

    def send(  # noqa: PLR0913 - what rsync takes, how much it is, and who hears of it
        self, source: str, target: str, names: Sequence[str], flags: Sequence[str], *, size: int, hear: Hear
    ) -> None:
        """Send files by their names below ``source`` to below ``target``, as root.

        :param size: of all of them, in bytes.
        :param hear: takes what rsync says of its progress.
        :raises FleetError: if the transfer breaks off; what came over stays for the next try.
        """
        listed = "".join(f"./{name}\0" for name in names).encode()  # rsync takes "#…" and ";…" for comments
        flags = (*flags, f"--timeout={_STALLED_SECONDS}", "--progress", "--from0", "--files-from=-")
        connector = self._connected()
        before = (*connector.sudo, "sh", "-c", _ONLY_THERE, "sh", target)
        doing = f"the transfer to {target}"
        with self._limits(doing):
            ended = connector.connection.send(
                f"{source}/",
                f"{target}/",
                flags,
                given=listed,
                before=before,
                limits=Limits(PATIENCE_SECONDS + size / _SLOWEST_BYTES_A_SECOND, MOST_SAID_BYTES),
                hear=hear,
            )
        if ended.returncode:
            raise self._trouble(doing, ended)

    def close(self) -> None:
        """Let the connection go."""
        if self._host.connected:
            with suppress(OSError, PyinfraError):  # there is nothing more to be had from it
                self._host.disconnect()

    def _ask(self, words: Sequence[str], *, given: str, as_root: bool, seconds: float, most_bytes: int) -> str:
        connector = self._connected()
        line, doing = shlex.join([*(connector.sudo if as_root else ()), *words]), " ".join(words[:3])
        with self._limits(doing):
            ended = connector.connection.run(line, given=given.encode(), limits=Limits(seconds, most_bytes))
        if ended.returncode:
            raise self._trouble(doing, ended)
        return ended.stdout.decode(errors="replace")

    @contextmanager
    def _limits(self, doing: str) -> Iterator[None]:
        """Tell of a box that takes too long or says too much."""
        try:
            yield
        except subprocess.TimeoutExpired as error:
            what = f"{self.name}: {doing} did not end within {error.timeout:.0f} s"
            raise FleetError(what, mend="look at the box: journalctl -u mien") from error
        except TooMuchSaidError as error:
            what = f"{self.name}: {doing} was broken off: {error}"
            raise FleetError(what, mend="look at the box: something there prints without an end") from error

    def _connected(self) -> OpenSSHConnector:
        connector = self._host.connector
        if not isinstance(connector, OpenSSHConnector):
            what = f"{self.name}: a fleet is reached over SSH, not by {type(connector).__name__}"
            raise FleetError(what, mend="name the box by its host name in the inventory")
        if not self._host.connected:
            try:
                self._host.connect(show_errors=False, raise_exceptions=True)
            except ConnectError as error:
                what = f"{self.name}: cannot be reached ({error})"
                raise FleetError(what, mend=mend_login(connector.address, connector.complaint)) from error
        return connector

    def _trouble(self, doing: str, ended: Ended) -> FleetError:
        told = ended.stderr.decode(errors="replace")
        sign, what, mend = _TOO_OLD
        if sign in told:
            return TooOldError(f"{self.name}: {what}", mend=mend)
        for sign, what, mend in _KNOWN_TROUBLES:
            if sign in told:
                return FleetError(f"{self.name}: {what}", mend=mend)
        what, _, mend = told.strip().partition("\n  mend: ")
        if mend:  # mien's own words
            return FleetError(f"{self.name}: {last_line(what).removeprefix('mien: ')}", mend=last_line(mend))
        said = last_line(told) or f"it ended with {ended.returncode}"
        if ended.returncode == SSH_FAILED or "connection unexpectedly closed" in told:
            return FleetError(f"{self.name}: the connection broke during {doing} ({said})", mend=_GO_ON)
        return FleetError(f"{self.name}: {doing} failed ({said})", mend="look at the box: mien doctor")


class Fleet:
    """Boxes in the order in which they were named."""

    def __init__(self, boxes: Sequence[Box]) -> None:
        self.boxes = tuple(boxes)
        get_hub().NOT_ERROR = (*Hub.NOT_ERROR, KeyboardInterrupt)  # it reaches us; gevent need not print it as well

    def ask(
        self, question: Callable[[Box], Reply], boxes: Sequence[Box], *, parallel: int = _ASKED_AT_ONCE
    ) -> Iterator[Reply]:
        """Put a question to several boxes at once; yield the answers in the order in which they come."""
        pool = Pool(parallel)
        try:
            yield from pool.imap_unordered(question, boxes)
        finally:
            pool.kill()  # after Ctrl-C nothing goes on unseen


def ask_plan(box: Link, offer: PushOffer) -> Plan:
    """Return what a box says to an offer.

    :raises FleetError: if it cannot be asked, or its answer is none.
    :raises ReleaseError: if it speaks another version.
    """
    given = offer.text()
    said = box.run("mien", "release", "plan", given=given, most_bytes=MOST_PLAN_BYTES + 2 * len(given))
    try:
        return read_plan(find_document(said))
    except ValueError as error:
        what = f"its answer to mien release plan is not understood ({error})"
        raise FleetError(what, mend=_CLEAN_SHELL) from error
