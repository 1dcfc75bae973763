"""Which boxes: hosts named on the command line, or an inventory file of pyinfra's, the one that installs them."""

import argparse
import logging
import math
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyinfra_cli.inventory as pyinfra_inventory  # patches the standard library for gevent, so before all else
from pyinfra.api.config import Config
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.inventory import Inventory
from pyinfra.api.state import State
from pyinfra.connectors.ssh import SSHConnector
from pyinfra.context import ctx_state
from pyinfra_cli.exceptions import UnexpectedExternalError

from device.errors import ConfigurationError
from device.files.untrusted import plain
from tools.fleet.box import Box, Fleet
from tools.fleet.pyinfra_connector import OpenSSHConnector

_MEND = "an inventory reads: boxes = ['one.local', ('two.local', {'ssh_user': 'pi', 'ssh_port': 2222})]"
_NO_PASSWORDS = ("ssh_password", "ssh_key_password")
_PORT = re.compile("[0-9]{1,5}")


@contextmanager
def open_fleet(arguments: argparse.Namespace, *, connect_seconds: float = 15) -> Iterator[Fleet]:
    """Find the boxes that the command line names; close every connection at the end.

    :param arguments: with ``hosts``, ``user`` and ``inventory``: :func:`tools.fleet.arguments.add_fleet_arguments`.
    :raises ConfigurationError: if no box is named, or the inventory cannot be used.
    """
    logging.getLogger("pyinfra").setLevel(logging.ERROR)
    inventory = _from_file(arguments.inventory) if arguments.inventory else _from_hosts(arguments.hosts)
    user = _login(arguments.user)
    may_ask = len(inventory) == 1 and sys.stdin.isatty()
    for host in inventory:
        if not host.name.isprintable():
            what = f"{arguments.inventory}: {host.name!r} names no box"
            raise ConfigurationError(what, mend=_MEND)
        if host.connector_cls is SSHConnector:  # pyinfra's default, which knows ssh's files only in part
            host.connector_cls = OpenSSHConnector
        host.data.ssh_may_ask = may_ask
        if user and not host.data.get("ssh_user") and "@" not in host.name:
            host.data.ssh_user = user
        if any(host.data.get(key) for key in _NO_PASSWORDS):
            what = f"{arguments.inventory}: {host.name} is to be reached by a password"
            raise ConfigurationError(what, mend=f"use a key: ssh-copy-id {host.name}, and ssh-agent for its passphrase")
    try:
        State(inventory, Config(CONNECT_TIMEOUT=math.ceil(connect_seconds)))  # type: ignore[no-untyped-call]
    except PyinfraError as error:  # a port in quotation marks, say
        what = f"{arguments.inventory}: the inventory cannot be used ({error})"
        raise ConfigurationError(what, mend=_MEND) from error
    boxes = _chosen([Box(host) for host in inventory], arguments)
    fleet = Fleet(boxes)
    try:
        yield fleet
    finally:
        list(fleet.ask(Box.close, fleet.boxes))


def _login(user: str | None) -> str | None:
    """Look at a login's name, which becomes a word of ssh's command line."""
    if user is None or (_is_host(user) and "@" not in user):
        return user
    what = f"--user {plain(user, most=80)!r} names no login"
    raise ConfigurationError(what, mend="write the name alone: --user pi")


def _from_file(path: Path) -> Inventory:
    if not path.is_file():
        what = f"{path}: there is no such inventory"
        raise ConfigurationError(what, mend=_MEND)
    try:
        with ctx_state.use(State()):  # an inventory file may look at what pyinfra does
            read: Inventory = pyinfra_inventory.make_inventory_from_files(str(path))
    except (Exception, SystemExit) as error:  # an inventory is a program, and may raise whatever it likes
        inner = error.exception if isinstance(error, UnexpectedExternalError) else error  # it has no words of its own
        what = f"{path}: the inventory cannot be read ({type(inner).__name__}: {inner})"
        raise ConfigurationError(what, mend=_MEND) from error
    return read


def _from_hosts(hosts: Sequence[str]) -> Inventory:
    return Inventory(([(host, _address(host)) for host in dict.fromkeys(hosts)], {}))  # type: ignore[no-untyped-call]


def _address(host: str) -> dict[str, Any]:
    """Read ``[user@]host[:port]``; a host with several colons is an IPv6 address, in brackets if a port follows.

    pyinfra would take ``@local`` and its like for other ways than SSH, and run ``@terraform`` and others at once.
    """
    user, at, place = host.rpartition("@")
    name, port = place, ""
    if place.startswith("["):
        name, _, port = place[1:].partition("]")
        port = port.removeprefix(":")
    elif place.count(":") == 1:
        name, _, port = place.partition(":")
    if (at and not user) or not _is_host(name) or (port and not _PORT.fullmatch(port)):
        what = f"{plain(host, most=80)!r} names no box"
        raise ConfigurationError(what, mend="write [user@]host[:port]")
    return {"ssh_hostname": name} | ({"ssh_user": user} if user else {}) | ({"ssh_port": int(port)} if port else {})


def _is_host(name: str) -> bool:
    return bool(name) and not name.startswith("-") and name.isprintable() and not set(name) & set(" /\\")


def _chosen(boxes: Sequence[Box], arguments: argparse.Namespace) -> Sequence[Box]:
    """Keep those that the command line names, if it names some of an inventory."""
    if not boxes and arguments.inventory:
        what = f"{arguments.inventory}: the inventory holds no list of boxes"
        raise ConfigurationError(what, mend=_MEND)
    if not boxes:
        what = "no box is named"
        raise ConfigurationError(what, mend="name a HOST, or an inventory file with --inventory")
    if not arguments.inventory or not arguments.hosts:
        return boxes
    unknown = set(arguments.hosts) - {box.name for box in boxes}
    if unknown:
        what = f"{arguments.inventory}: knows no box {', '.join(sorted(unknown))}"
        raise ConfigurationError(what, mend="it knows " + ", ".join(box.name for box in boxes))
    return [box for box in boxes if box.name in arguments.hosts]
