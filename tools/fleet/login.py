"""Why a box cannot be logged in to, and what its owner types next: ssh's own words, translated."""

import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tools.fleet.ssh import Address

_PATIENCE_SECONDS = 10.0

_POWER = "see to its power and network; then `{ssh}` must work without a question"
_CHANGED = (
    "if its card was written anew: {forget}, then `{ssh}` once, and yes; if not, another machine answers in its place"
)
_STRANGER = (
    "this computer does not know it yet: `{ssh}` once, and yes if the fingerprint is the box's "
    "(ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub there)"
)
_NAMELESS = "see whether it is on, in this network and rightly spelt; its address serves as well (hostname -I there)"
_SWITCHED_OFF = "switch SSH on there: sudo systemctl enable --now ssh, or raspi-config, Interface Options, SSH"
_KNOWN = {
    "REMOTE HOST IDENTIFICATION HAS CHANGED": _CHANGED,
    "Host key verification failed": _STRANGER,
    "Too many authentication failures": "name the one key that it takes in ~/.ssh/config: IdentityFile, IdentitiesOnly",
    "Could not resolve hostname": _NAMELESS,
    "Connection refused": _SWITCHED_OFF,
}
"""What ssh says, the most telling first, and what to do."""
_REFUSED = "Permission denied"


def mend_login(address: Address, said: str, *, has_key: bool | None = None) -> str:
    """Say what to do about a box that could not be logged in to.

    :param said: all that ssh said on standard error.
    :param has_key: whether there is a key that ssh would offer; None to look for one.
    """
    words = {"ssh": address.typed("ssh"), "forget": _forgetting(address)}
    for sign, mend in _KNOWN.items():
        if sign in said:
            return mend.format(**words)
    if _REFUSED not in said:
        return _POWER.format(**words)
    bring = f"{address.typed('ssh-copy-id')} takes it there and asks for the password once"
    if not (offers_a_key(address) if has_key is None else has_key):
        mend = f"make a key: ssh-keygen -t ed25519, then {bring}"
    else:
        mend = f"your key is not known there: {bring}"
    return mend if address.user else f"{mend}; or name the login there, with --user pi say"


def offers_a_key(address: Address) -> bool:
    """Whether ssh has a key to offer to a box: in a file that its configuration names, or in an agent."""
    settings = _said([*address.words(), "-G", "--", address.host])
    named = [line.partition(" ")[2] for line in settings.splitlines() if line.startswith("identityfile ")]
    return any(Path(name).expanduser().exists() for name in named) or bool(_said(["ssh-add", "-L"]))


def _said(words: Sequence[str]) -> str:
    """Return what a program of this machine printed, nothing if it failed."""
    try:
        ended = subprocess.run(  # noqa: S603 - no shell here
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE_SECONDS, check=False
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return ""
    return "" if ended.returncode else ended.stdout.decode(errors="replace")


def _forgetting(address: Address) -> str:
    host = f"[{address.host}]:{address.port}" if address.port else address.host
    file = ["-f", address.known_hosts_file] if address.known_hosts_file else []
    return shlex.join(["ssh-keygen", *file, "-R", host])
