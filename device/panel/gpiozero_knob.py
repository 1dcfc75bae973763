"""A rotary encoder, or two buttons, on a Raspberry Pi's lines, by gpiozero and lgpio."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from device.panel.gpiozero_lines import lines_taken

_REPEAT_SECONDS = 0.4
"""A button that is held counts again after each of these."""

_BOUNCE_SECONDS = 0.02
"""A contact chatters for less; a finger is on it for longer. An encoder needs none: gpiozero counts whole clicks."""


class GpiozeroKnob:
    """A knob of two lines, two buttons, or all four."""

    def __init__(
        self,
        *,
        knob_gpios: tuple[int, int] | None,
        button_gpios: tuple[int, int] | None,
        chip: int | None,
        pull_up: bool,
        pin_factory: Any = None,  # noqa: ANN401 - gpiozero has no types
    ) -> None:
        """Take the lines.

        :param knob_gpios: GPIO numbers of the encoder's contacts A and B, of which A leads where it turns clockwise;
            None without one. Both contacts close to ground.
        :param button_gpios: GPIO numbers of the buttons for louder and for softer; None without.
        :param chip: number of the gpiochip; None for gpiozero's choice.
        :param pull_up: whether the buttons connect their lines to ground; otherwise to 3.3 V.
        :param pin_factory: gpiozero's access to the lines; by default lgpio's.
        :raises PanelError: if gpiozero or lgpio is missing, or a line does not exist or is in use.
        """
        self._on_turn: Callable[[int], None] = _nobody_listens
        self._opened = ExitStack()
        parts = {"volume knob": knob_gpios, "volume buttons": button_gpios}
        named = ", ".join(f"{part} on GPIO {lines[0]} and {lines[1]}" for part, lines in parts.items() if lines)
        if not named:
            return
        with lines_taken(named, chip=chip, pin_factory=pin_factory) as (opened, factory):
            if knob_gpios is not None:
                opened.enter_context(self._encoder(*knob_gpios, pin_factory=factory))
            if button_gpios is not None:
                for gpio, step in zip(button_gpios, (1, -1), strict=True):
                    opened.enter_context(self._button(gpio, step, pull_up=pull_up, pin_factory=factory))
            self._opened = opened.pop_all()

    def listen(self, on_turn: Callable[[int], None]) -> None:
        """Call this from gpiozero's threads for every click of the knob, every press, and again while one is held."""
        self._on_turn = on_turn

    def close(self) -> None:
        """Release the lines; a second call does nothing."""
        self._on_turn = _nobody_listens
        self._opened.close()

    def _encoder(self, a: int, b: int, *, pin_factory: Any) -> Any:  # noqa: ANN401
        from gpiozero import RotaryEncoder  # noqa: PLC0415 - a box without a knob does without it

        encoder = RotaryEncoder(a, b, max_steps=0, pin_factory=pin_factory)
        encoder.when_rotated_clockwise = lambda: self._on_turn(1)
        encoder.when_rotated_counter_clockwise = lambda: self._on_turn(-1)
        return encoder

    def _button(self, gpio: int, step: int, *, pull_up: bool, pin_factory: Any) -> Any:  # noqa: ANN401
        from gpiozero import Button  # noqa: PLC0415

        button = Button(
            gpio,
            pull_up=pull_up,
            bounce_time=_BOUNCE_SECONDS,
            hold_time=_REPEAT_SECONDS,
            hold_repeat=True,
            pin_factory=pin_factory,
        )
        button.when_pressed = button.when_held = lambda: self._on_turn(step)
        return button


def _nobody_listens(_: int) -> None:
    """Take a click that nobody asked for."""
