"""Uses a box as pyinfra itself would, over our connector: pyinfra_session.py INVENTORY FOLDER."""

import argparse
import sys
from io import BytesIO
from pathlib import Path

from tools.fleet.inventory import open_fleet  # isort: skip - patches the standard library
from pyinfra.api.command import StringCommand
from pyinfra.facts.server import Home

CONTENT = b"\x00\xff\n"


def main(inventory: str, folder: Path) -> None:
    with open_fleet(argparse.Namespace(inventory=Path(inventory), hosts=[], user=None)) as fleet:
        host = fleet.boxes[0]._host
        host.connect(raise_exceptions=True)
        assert host.get_fact(Home).startswith("/")
        assert host.put_file(BytesIO(CONTENT), str(folder / "a file"))
        got = BytesIO()
        assert host.get_file(str(folder / "a file"), got)
        assert got.getvalue() == CONTENT
        (folder / "sent").write_text("sent")
        assert host.rsync(str(folder / "sent"), str(folder / "received"), ["-a"])
        succeeded, output = host.run_shell_command(StringCommand("cat", "-;", "false"), _stdin="given")
        assert (succeeded, output.stdout) == (False, "given")
    sys.stdout.write("all well\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
