"""Put the LED out after a daemon that could not do so itself, or blink for one that does not start.

off takes the panel's lines and gives them back, which leaves every LED dark; refused while a daemon has them. The
systemd unit runs it whenever the daemon has ended, however it ended, and whatever became of its settings file.
fault blinks once, again and again, until it is stopped; the unit mien-fault runs it when the daemon was given up. A
short press then has the daemon started again.
"""

import argparse
import signal
from contextlib import closing

from device.appliance.fault_lamp import FaultLamp, salvaged_panel_settings
from device.appliance.panel_driver import build_panel, build_power
from device.commands._parser import add_config_argument
from device.panel.panel import Panel
from device.settings.sections import PanelSettings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_config_argument(parser)
    parser.add_argument(
        "action", choices=("off", "fault"), help="off: put the LED out; fault: blink for a daemon that does not start"
    )


def run(arguments: argparse.Namespace) -> int:
    """Take the panel for as long as the action lasts.

    :raises PanelError: if a daemon has it.
    """
    settings = salvaged_panel_settings(arguments.config)
    with closing(build_panel(settings)) as panel:
        if arguments.action == "fault":
            _blink(panel, settings)
    return 0


def _blink(panel: Panel, settings: PanelSettings) -> None:
    from device.appliance.systemd import start_daemon  # noqa: PLC0415 - only for this action

    lamp = FaultLamp(panel, start_daemon=start_daemon, power_off=build_power(settings).off)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: lamp.stop())
    lamp.run()
