"""Say what the daemon is doing, what it saw and played last, and what is wrong first.

With --check it is a monitoring plugin for Nagios, Icinga and their kin: one line with figures, and an exit code of
0 OK, 1 WARNING, 2 CRITICAL (a daemon that does not answer, too) or 3 UNKNOWN.
"""

import argparse
from importlib import resources

from device.commands._daemon_settings import settings_to_ask_by
from device.commands._output import say, say_json
from device.commands._parser import add_config_argument
from device.status.control_socket import ask
from device.status.nagios import check_socket
from device.status.text import status_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_config_argument(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the whole document as JSON")
    form.add_argument("--schema", action="store_true", help="print the JSON Schema that describes the document")
    form.add_argument("--check", action="store_true", help="print one line and exit as a monitoring plugin does")


def run(arguments: argparse.Namespace) -> int:
    """Ask the daemon and print its answer."""
    if arguments.schema:
        schema = (resources.files("device.status") / "status_schema.json").read_text(encoding="utf-8")
        say(*schema.splitlines(), most=None)
        return 0
    if arguments.check:
        line, code = check_socket(lambda: settings_to_ask_by(arguments.config, warn=False).paths.control_socket)
        say(line)
        return code
    status = ask(settings_to_ask_by(arguments.config, warn=False).paths.control_socket, {"command": "status"})
    if arguments.json:
        say_json(status)
    else:
        say(*status_lines(status))
    return 0
