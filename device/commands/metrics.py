"""Write the daemon's figures for Prometheus, as node_exporter's textfile collector reads them.

Run it from a timer, say each minute:
mien metrics --out /var/lib/prometheus/node-exporter/mien.prom
Without a daemon the metric mien_up says so, and the exit code is 0 all the same.
"""

import argparse
from pathlib import Path

from device.commands._daemon_settings import settings_to_ask_by
from device.commands._output import say
from device.commands._parser import add_config_argument
from device.errors import AccessError, ControlError
from device.status.control_socket import ask
from device.status.prometheus import metrics_text, write_metrics


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_config_argument(parser)
    parser.add_argument("--out", type=Path, metavar="FILE", help="put them there at once (default: print them)")


def run(arguments: argparse.Namespace) -> int:
    """Ask the daemon and write what it says.

    :raises AccessError: if this user may not ask it; mien_up has said by then that it was not heard.
    """
    socket = settings_to_ask_by(arguments.config).paths.control_socket
    try:
        text = metrics_text(ask(socket, {"command": "status"}))
    except ControlError:
        text = metrics_text(None)
    except AccessError:
        _write(arguments.out, metrics_text(None))  # what was written last time would go on saying that all is well
        raise
    _write(arguments.out, text)
    return 0


def _write(out: Path | None, text: str) -> None:
    if out:
        write_metrics(out, text)
    else:
        say(*text.removesuffix("\n").split("\n"), most=None)
