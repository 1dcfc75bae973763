"""The button and the LEDs on a Raspberry Pi's lines, by gpiozero and lgpio.

A process that is killed puts nothing out: its pulses stop where they are, and the kernel of Raspberry Pi OS leaves a
freed output as it was driven unless config.txt says ``dtparam=strict_gpiod`` (raspberrypi/linux, pull request 6117).
Taking the lines again puts the LEDs out, which a restarted daemon does first of all and ``mien panel off`` does alone.
"""

import itertools
import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

from device.panel.gpiozero_lines import lines_taken
from device.panel.panel import Light

_STEP_SECONDS = 0.04  # 25 changes a second look smooth; lgpio takes one for each period of its 100 Hz pulses
_PULSE_SECONDS = 1.0
_BREATH_SECONDS = 5.0
_BLINK_SECONDS = 0.6  # lit for half of it: slow enough to be counted aloud
_BLINK_PAUSE_SECONDS = 2.0  # more than three times the dark between two blinks, so that the count has a beginning
_WARNING_SECONDS = 0.16


class _Flashes(NamedTuple):
    """So many flashes, one each period, and then a pause in the dark; all over again."""

    times: int
    period_seconds: float
    lit_seconds: float
    pause_seconds: float = 0.0


_FLASHES = {
    **{
        Light[f"BLINK_{count}"]: _Flashes(count, _BLINK_SECONDS, _BLINK_SECONDS / 2, _BLINK_PAUSE_SECONDS)
        for count in range(1, 9)
    },
    Light.WARNING: _Flashes(1, _WARNING_SECONDS, _WARNING_SECONDS / 2),
    Light.OFFER: _Flashes(2, 0.2, 0.1, 0.3),
    Light.KEPT: _Flashes(1, 1.0, 0.8),
}

_SPIKE_SECONDS = 0.005
"""A level that holds for less is no touch; the chatter of a contact is left to :mod:`device.panel.gestures`."""


def brightness(light: Light, seconds: float) -> float:
    """Return the brightness in [0, 1] that a light has ``seconds`` (≥ 0) after it was set."""
    match light:
        case Light.OFF:
            return 0.0
        case Light.ON:
            return 1.0
        case Light.PULSE:
            return _wave(seconds / _PULSE_SECONDS)
        case Light.BREATH:
            return _wave(seconds / _BREATH_SECONDS)
        case _:
            count, period, lit, pause = _FLASHES[light]
            moment = seconds % (count * period + pause)
            return 1.0 if moment < count * period and moment % period < lit else 0.0


class GpiozeroPanel:
    """A push button, an LED, and a second LED for the camera, as far as they are wired.

    The first LED is dimmed where its line can be, and switched where it cannot. The second is lit exactly while the
    first is on without a pattern, which means that the camera streams.
    """

    def __init__(  # noqa: PLR0913 - each names one fact of the wiring
        self,
        *,
        button_gpio: int | None,
        led_gpio: int | None,
        camera_led_gpio: int | None,
        chip: int | None,
        pull_up: bool,
        led_active_high: bool,
        pin_factory: Any = None,  # noqa: ANN401 - gpiozero has no types
    ) -> None:
        """Take the lines; the LEDs are off.

        :param button_gpio: GPIO number (not the place on the header) of the button, None without one; likewise the
            LEDs'. Without any of them nothing is opened.
        :param chip: number of the gpiochip; None for gpiozero's choice (4 on a Pi 5 that has it, else 0).
        :param pull_up: whether the button connects its line to ground; otherwise to 3.3 V.
        :param led_active_high: whether an LED lights when its line is high.
        :param pin_factory: gpiozero's access to the lines; by default lgpio's, and never another one in its place.
        :raises PanelError: if gpiozero or lgpio is missing, or a line does not exist or is in use.
        """
        self._light = Light.OFF
        self._button = self._led = self._camera_led = None
        self._opened = ExitStack()
        lines = {"button": button_gpio, "LED": led_gpio, "camera LED": camera_led_gpio}
        named = ", ".join(f"{part} on GPIO {gpio}" for part, gpio in lines.items() if gpio is not None)
        if not named:
            return
        with lines_taken(named, chip=chip, pin_factory=pin_factory) as (opened, factory):
            if led_gpio is not None:
                self._led = _open_led(led_gpio, active_high=led_active_high, pin_factory=factory)
                opened.callback(_put_out, self._led)
            if camera_led_gpio is not None:
                self._camera_led = _open_switch(camera_led_gpio, active_high=led_active_high, pin_factory=factory)
                opened.callback(_put_out, self._camera_led)
            if button_gpio is not None:
                self._button = opened.enter_context(_open_button(button_gpio, pull_up=pull_up, pin_factory=factory))
            self._opened = opened.pop_all()

    def listen(self, on_down: Callable[[], None], on_up: Callable[[], None]) -> None:
        """Call these from gpiozero's thread whenever the button's contact closes and opens."""
        if self._button is not None:
            self._button.when_activated = on_down
            self._button.when_deactivated = on_up

    def show(self, light: Light) -> None:
        """Show a pattern until the next call; one that is shown already goes on undisturbed."""
        if light is self._light:
            return
        self._light = light
        if self._camera_led is not None:
            self._camera_led.value = light is Light.ON
        if self._led is None:
            return
        if light in {Light.OFF, Light.ON}:
            self._led.source = None
            self._led.value = brightness(light, 0)
        else:
            self._led.source = self._values(self._led, light)

    def close(self) -> None:
        """Turn the LEDs off and release the lines; a second call does nothing."""
        self._opened.close()

    @staticmethod
    def _values(led: Any, light: Light) -> Iterator[float]:  # noqa: ANN401
        """Brightness by brightness, one each ``_STEP_SECONDS``: gpiozero's source thread takes them."""
        dimmable = hasattr(led, "pulse")
        for step in itertools.count():
            value = brightness(light, step * _STEP_SECONDS)
            yield value if dimmable else round(value)


def _wave(periods: float) -> float:
    """Rise from dark to full and fall again once a period; squared, since the eye answers to ratios."""
    return (0.5 - 0.5 * math.cos(2 * math.pi * periods)) ** 2


def _open_button(gpio: int, *, pull_up: bool, pin_factory: Any) -> Any:  # noqa: ANN401
    from gpiozero import DigitalInputDevice  # noqa: PLC0415 - a box without a panel does without it

    return DigitalInputDevice(gpio, pull_up=pull_up, bounce_time=_SPIKE_SECONDS, pin_factory=pin_factory)


def _open_led(gpio: int, *, active_high: bool, pin_factory: Any) -> Any:  # noqa: ANN401
    from gpiozero import PWMLED, PinPWMUnsupported  # noqa: PLC0415

    try:
        led = PWMLED(gpio, active_high=active_high, pin_factory=pin_factory)
    except PinPWMUnsupported:
        led = _open_switch(gpio, active_high=active_high, pin_factory=pin_factory)
    led.source_delay = _STEP_SECONDS
    return led


def _open_switch(gpio: int, *, active_high: bool, pin_factory: Any) -> Any:  # noqa: ANN401
    from gpiozero import LED  # noqa: PLC0415

    return LED(gpio, active_high=active_high, pin_factory=pin_factory)


def _put_out(led: Any) -> None:  # noqa: ANN401
    led.source = None  # ends the thread that follows a pattern
    led.off()
    led.close()
