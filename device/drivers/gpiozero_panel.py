"""The button and the LED on a Raspberry Pi's lines, by gpiozero and lgpio."""

import itertools
import math
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from device.errors import PanelError
from device.interfaces import Light

_STEP_SECONDS = 0.04  # 25 changes a second look smooth; lgpio takes one for each period of its 100 Hz pulses
_PULSE_SECONDS = 1.0
_BREATH_SECONDS = 5.0
_BLINK_SECONDS = 0.4  # lit for half of it
_BLINK_PAUSE_SECONDS = 1.2
_WARNING_SECONDS = 0.16
_BLINKS = {Light.BLINK_1: 1, Light.BLINK_2: 2, Light.BLINK_3: 3, Light.BLINK_4: 4}


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
        case Light.WARNING:
            return _flash(seconds % _WARNING_SECONDS, _WARNING_SECONDS)
        case _:
            blinking = _BLINKS[light] * _BLINK_SECONDS
            moment = seconds % (blinking + _BLINK_PAUSE_SECONDS)
            return _flash(moment % _BLINK_SECONDS, _BLINK_SECONDS) if moment < blinking else 0.0


class GpiozeroPanel:
    """One push button and one LED; the LED is dimmed where its line can be, and switched where it cannot."""

    def __init__(  # noqa: PLR0913 - each names one fact of the wiring
        self,
        *,
        button_gpio: int = 17,
        led_gpio: int = 27,
        pull_up: bool = True,
        led_active_high: bool = True,
        bounce_seconds: float = 0.03,
        pin_factory: Any = None,  # noqa: ANN401 - gpiozero has no types
    ) -> None:
        """Take both lines; the LED is off.

        :param button_gpio: GPIO number (not the place on the header) of the button; likewise ``led_gpio``.
        :param pull_up: whether the button connects its line to ground; otherwise to 3.3 V.
        :param led_active_high: whether the LED lights when its line is high.
        :param bounce_seconds: a level counts once it has held for this long.
        :param pin_factory: gpiozero's access to the lines; by default lgpio's, and never another one in its place.
        :raises PanelError: if gpiozero or lgpio is missing, or a line does not exist or is in use.
        """
        with _translated(f"button on GPIO {button_gpio}, LED on GPIO {led_gpio}"), ExitStack() as opened:
            from gpiozero import DigitalInputDevice  # noqa: PLC0415 - a box without a panel does without it

            if pin_factory is None:
                pin_factory = _open_lgpio()
                opened.callback(pin_factory.close)
            self._led = _open_led(led_gpio, active_high=led_active_high, pin_factory=pin_factory)
            opened.callback(_put_out, self._led)
            self._button = opened.enter_context(
                DigitalInputDevice(button_gpio, pull_up=pull_up, bounce_time=bounce_seconds, pin_factory=pin_factory)
            )
            self._opened = opened.pop_all()
        self._light = Light.OFF

    def listen(self, on_down: Callable[[], None], on_up: Callable[[], None]) -> None:
        """Call these from gpiozero's thread whenever the button goes down and comes up."""
        self._button.when_activated = on_down
        self._button.when_deactivated = on_up

    def show(self, light: Light) -> None:
        """Show a pattern until the next call; one that is shown already goes on undisturbed."""
        if light is self._light:
            return
        self._light = light
        if light in {Light.OFF, Light.ON}:
            self._led.source = None
            self._led.value = brightness(light, 0)
        else:
            self._led.source = self._values(light)

    def close(self) -> None:
        """Turn the LED off and release the lines; a second call does nothing."""
        self._opened.close()

    def _values(self, light: Light) -> Iterator[float]:
        """Brightness by brightness, one each ``_STEP_SECONDS``: gpiozero's source thread takes them."""
        dimmable = hasattr(self._led, "pulse")
        for step in itertools.count():
            value = brightness(light, step * _STEP_SECONDS)
            yield value if dimmable else round(value)


def _wave(periods: float) -> float:
    """Rise from dark to full and fall again once a period; squared, since the eye answers to ratios."""
    return (0.5 - 0.5 * math.cos(2 * math.pi * periods)) ** 2


def _flash(moment: float, period: float) -> float:
    return 1.0 if moment < period / 2 else 0.0


def _open_lgpio() -> Any:  # noqa: ANN401
    from gpiozero.pins.lgpio import LGPIOFactory  # noqa: PLC0415 - needs lgpio, which only a box has

    return LGPIOFactory()


def _open_led(gpio: int, *, active_high: bool, pin_factory: Any) -> Any:  # noqa: ANN401
    from gpiozero import LED, PWMLED, PinPWMUnsupported  # noqa: PLC0415

    try:
        led = PWMLED(gpio, active_high=active_high, pin_factory=pin_factory)
    except PinPWMUnsupported:
        led = LED(gpio, active_high=active_high, pin_factory=pin_factory)
    led.source_delay = _STEP_SECONDS
    return led


def _put_out(led: Any) -> None:  # noqa: ANN401
    led.source = None  # ends the thread that follows a pattern
    led.off()
    led.close()


@contextmanager
def _translated(lines: str) -> Generator[None]:
    """Turn what gpiozero and lgpio raise into :class:`PanelError`."""
    try:
        yield
    except ImportError as error:
        what = f"{lines}: gpiozero and lgpio are needed ({error})"
        mend = "sudo apt install python3-lgpio, and make the environment with python3 -m venv --system-site-packages"
        raise PanelError(what, mend=mend) from error
    except Exception as error:  # lgpio's errors have no common base that can be named without lgpio
        what = f"{lines}: cannot be used ({error})"
        mend = (
            "free the lines, name others under [panel], and add the user to the group gpio; "
            'off a Raspberry Pi set driver = "simulated"'
        )
        raise PanelError(what, mend=mend) from error
