"""Starting the daemon of a box anew, and finding out how that went."""

import time

from device.errors import ReleaseError
from device.releases.push_protocol import Offer, Plan, read_plan
from tools.errors import FleetError
from tools.fleet.box import Link

_PAUSE_SECONDS = 0.5


def ask_plan(box: Link, offer: Offer) -> Plan:
    """Return what a box says to an offer.

    :raises FleetError: if it cannot be asked.
    :raises ReleaseError: if it speaks another version.
    """
    return read_plan(box.run("mien", "release", "plan", given=offer.text()))


def restart(box: Link, release_id: str, *, patience_seconds: float) -> None:
    """Start the daemon anew, and return when it is ready on a release.

    ``systemctl restart`` returns when the daemon is ready or its first start failed. Then it has another one, after
    which the box goes back by itself; so what happened is told by which release is the current one, and whether the
    daemon became ready on it.

    :raises ReleaseError: if the box went back.
    :raises FleetError: if neither has happened when the patience is at its end.
    """
    deadline = time.monotonic() + patience_seconds
    trouble = _restart(box)
    while True:
        now = ask_plan(box, Offer())
        if now.current != release_id:
            what = f"the box {now.notice}" if now.notice else f"the box is on release {now.current}, not {release_id}"
            raise ReleaseError(what, mend="see journalctl -u mien there; mend the release and push it under a new id")
        if now.confirmed:
            return
        if time.monotonic() > deadline:
            what = f"not ready on {release_id} within {patience_seconds:.0f} s{trouble}"
            raise FleetError(what, mend="see journalctl -u mien and mien doctor there")
        time.sleep(_PAUSE_SECONDS)


def _restart(box: Link) -> str:
    """Restart the unit, even if its start limit was hit; return what systemctl had to say against it."""
    try:
        box.run("sh", "-c", "systemctl reset-failed mien 2>/dev/null; exec systemctl restart mien")
    except FleetError as error:
        return f"; {error.what}"
    return ""
