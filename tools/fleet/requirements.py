"""What a workstation needs before it can reach a fleet."""

import shutil
from importlib.util import find_spec

from tools.errors import FleetError

_PACKAGES = {"ssh": "openssh-client", "rsync": "rsync"}


def check_programs(*programs: str) -> None:
    """Look for pyinfra and for programs.

    :raises FleetError: naming the one that is missing, and how it is had.
    """
    if find_spec("pyinfra") is None:
        what = "pyinfra, which knows the fleet, is not installed"
        raise FleetError(what, mend="pip install 'mien[fleet]'")
    for program in programs:
        if shutil.which(program) is None:
            what = f"the program {program} is not installed"
            raise FleetError(what, mend=f"sudo apt install {_PACKAGES[program]}")
