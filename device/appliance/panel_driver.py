"""Choosing the panel and the knob that the settings name, and what a long hold does; loads little."""

import time
from collections.abc import Callable

from device.appliance.board import is_raspberry_pi
from device.appliance.host import Power
from device.errors import PanelError
from device.panel.absent_panel import AbsentPanel
from device.panel.knob import AbsentKnob, Knob
from device.panel.panel import Panel
from device.settings.sections import PanelSettings

_PAIRS = {"knob": ("knob_a_gpio", "knob_b_gpio"), "buttons": ("louder_gpio", "softer_gpio")}
"""Keys of the lines that turn the volume together."""


def build_panel(
    settings: PanelSettings,
    *,
    wait: Callable[[float], None] = time.sleep,
    on_a_pi: Callable[[], bool] = is_raspberry_pi,
) -> Panel:
    """Take the button and the LED, and put the LED out.

    On any other machine than a Raspberry Pi the box does without them where they cannot be had. On a Pi it does not:
    its LED may be wired, and nobody is to be watched while it is dark.

    :param wait: how time passes while a simulated button is held.
    :param on_a_pi: tells whether this machine is a Raspberry Pi.
    :raises PanelError: if the lines cannot be had, which includes that another process has them.
    """
    if settings.driver == "gpiozero":
        try:
            return _gpiozero_panel(settings)
        except PanelError as error:
            if on_a_pi():
                raise
            return AbsentPanel(error)
    if settings.driver == "file":
        from device.panel.file_panel import FilePanel  # noqa: PLC0415

        return FilePanel(settings.line)
    from device.panel.simulated_panel import SimulatedPanel  # noqa: PLC0415

    return SimulatedPanel(wait=wait)


def _gpiozero_panel(settings: PanelSettings) -> Panel:
    from device.panel.gpiozero_panel import GpiozeroPanel  # noqa: PLC0415 - loaded only where it is used

    return GpiozeroPanel(
        button_gpio=_line(settings.button_gpio),
        led_gpio=_line(settings.led_gpio),
        camera_led_gpio=_line(settings.camera_led_gpio),
        chip=_line(settings.gpio_chip),
        pull_up=settings.button_pull_up,
        led_active_high=settings.led_active_high,
    )


def build_knob(settings: PanelSettings, *, on_a_pi: Callable[[], bool] = is_raspberry_pi) -> Knob:
    """Take the knob or the buttons for the volume, as far as they are wired.

    The box goes on without them where they cannot be had, and says so: ``mien volume`` does the same.
    """
    if settings.driver != "gpiozero":
        from device.panel.simulated_knob import SimulatedKnob  # noqa: PLC0415

        return SimulatedKnob()
    if half := _half_pair(settings):
        what = f"panel.{half[0]} is given and panel.{half[1]} is not: the volume is turned by both together"
        return AbsentKnob(PanelError(what, mend=f"sudo mien config set panel.{half[1]} NUMBER; or {half[0]} -1"))
    if not wants_knob(settings):
        return AbsentKnob()
    from device.panel.gpiozero_knob import GpiozeroKnob  # noqa: PLC0415 - loaded only where it is used

    wired = _wired_pairs(settings)
    try:
        return GpiozeroKnob(
            knob_gpios=wired.get("knob"),
            button_gpios=wired.get("buttons"),
            chip=_line(settings.gpio_chip),
            pull_up=settings.button_pull_up,
        )
    except PanelError as error:
        return AbsentKnob(error if on_a_pi() else None)


def wants_knob(settings: PanelSettings) -> bool:
    """Tell whether a line of the box is to turn the volume."""
    return settings.driver == "gpiozero" and any(
        getattr(settings, key) >= 0 for pair in _PAIRS.values() for key in pair
    )


def volume_parts(settings: PanelSettings) -> str:
    """Name what the volume is turned by for a person; empty if it is nothing."""
    if settings.driver != "gpiozero":
        return ""
    return ", ".join(f"{part} on GPIO {one} and {other}" for part, (one, other) in _wired_pairs(settings).items())


def build_power(settings: PanelSettings) -> Power:
    """Choose what a 5 s hold does."""
    if settings.power_off:
        from device.appliance.systemd import SystemdPower  # noqa: PLC0415

        return SystemdPower()
    from device.appliance.simulated_host import SimulatedPower  # noqa: PLC0415

    return SimulatedPower()


def describe_panel(settings: PanelSettings, panel: Panel | None = None) -> str:
    """Name the button and the LEDs for a person.

    :param panel: what was built of the settings, if it was.
    """
    if isinstance(panel, AbsentPanel):
        return "none on this machine, use mien press"
    if settings.driver == "simulated":
        return "simulated, use mien press"
    if settings.driver == "file":
        return f"no button, use mien press; the LED is the file {settings.line.name}"
    parts = {"button": settings.button_gpio, "LED": settings.led_gpio, "camera LED": settings.camera_led_gpio}
    present = [f"{name} on GPIO {gpio}" for name, gpio in parts.items() if gpio >= 0]
    if settings.button_gpio < 0:
        present.append("no button, use mien press")
    return ", ".join(present)


def _half_pair(settings: PanelSettings) -> tuple[str, str] | None:
    """Return the key of a line that is wired, and that of the one which is missing beside it."""
    for pair in _PAIRS.values():
        given = [key for key in pair if getattr(settings, key) >= 0]
        if len(given) == 1:
            return given[0], next(key for key in pair if key not in given)
    return None


def _wired_pairs(settings: PanelSettings) -> dict[str, tuple[int, int]]:
    """Return the GPIO numbers of those pairs of which both lines are wired, by what they are."""
    pairs = {part: (getattr(settings, one), getattr(settings, other)) for part, (one, other) in _PAIRS.items()}
    return {part: lines for part, lines in pairs.items() if min(lines) >= 0}


def _line(number: int) -> int | None:
    return None if number < 0 else number
