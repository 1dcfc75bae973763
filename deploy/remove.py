"""The way back: from a box to the machine that it was.

pyinfra INVENTORY deploy/remove.py [--data purge=yes]          every machine of an inventory

Settings, releases, what was observed, and music stay, unless ``purge`` is given. Debian's packages stay in any case:
nobody knows what else uses them.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # pyinfra runs this file by its path, from any folder

from pyinfra.api.deploy import deploy
from pyinfra.context import host, state

from deploy import layout, removing
from deploy.facts import LOGIN, Answer
from deploy.report import report_changes


@deploy("mien")
def no_box(*, purge: bool) -> None:
    """Take away what the installation brought, beginning with what runs."""
    removing.service_stopped(name="service")
    units = f"{layout.UNITS}/{layout.SERVICE}"
    places = (units, f"{units}.d", f"{layout.UNITS}/{layout.FAULT_SERVICE}", layout.POLKIT_RULE)
    removing.gone(name="units and rule", paths=places, reload_systemd=True)
    software = (layout.SOFTWARE, layout.COMMAND, layout.GUIDE)
    removing.gone(name="software", paths=software)
    if purge:
        removing.gone(name="settings, releases, state and music", paths=(layout.SETTINGS_FOLDER, layout.DATA))
        removing.user_gone(name="user mien")


report_changes(state)
no_box(purge=bool(host.data.get("purge")), _sudo=host.get_fact(Answer, of=LOGIN, _sudo=False) != "root")
