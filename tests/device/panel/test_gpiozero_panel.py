"""The button and the LED on gpiozero's mock lines, whose edges and levels are real to the driver."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory, MockPin, MockPWMPin
from hypothesis import given
from hypothesis import strategies as st

from device.errors import PanelError
from device.panel.gpiozero_panel import GpiozeroPanel, brightness
from device.panel.panel import Light
from tests.waiting import wait_until

BLINKS = {Light[f"BLINK_{count}"]: count for count in range(1, 9)}


WIRING: dict[str, Any] = {
    "button_gpio": 17,
    "led_gpio": 27,
    "camera_led_gpio": None,
    "chip": None,
    "pull_up": True,
    "led_active_high": True,
}


@pytest.fixture
def factory() -> Iterator[MockFactory]:
    factory = MockFactory(pin_class=MockPWMPin)
    yield factory
    factory.close()


@pytest.fixture
def make_panel(factory: MockFactory) -> Iterator[Callable[..., GpiozeroPanel]]:
    made = []

    def make(**changes: object) -> GpiozeroPanel:
        made.append(GpiozeroPanel(pin_factory=factory, **(WIRING | changes)))
        return made[-1]

    yield make
    for panel in made:
        panel.close()


def levels(factory: MockFactory, gpio: int = 27) -> list[float]:
    return [float(state.state) for state in factory.pin(gpio).states]


def test_down_and_up_are_told_in_order(factory: MockFactory, make_panel: Callable[..., GpiozeroPanel]) -> None:
    edges: list[str] = []
    make_panel().listen(lambda: edges.append("down"), lambda: edges.append("up"))
    button = factory.pin(17)
    assert button.pull == "up"
    for drive in (button.drive_low, button.drive_low, button.drive_high, button.drive_low):
        drive()
    assert edges == ["down", "up", "down"]


def test_a_button_to_3_volts_works_the_other_way_round(
    factory: MockFactory, make_panel: Callable[..., GpiozeroPanel]
) -> None:
    edges: list[str] = []
    make_panel(pull_up=False, button_gpio=5).listen(lambda: edges.append("down"), lambda: edges.append("up"))
    button = factory.pin(5)
    assert button.pull == "down"
    button.drive_high()
    button.drive_low()
    assert edges == ["down", "up"]


def test_the_lines_are_asked_to_leave_out_spikes(
    factory: MockFactory, make_panel: Callable[..., GpiozeroPanel]
) -> None:
    make_panel()
    assert factory.pin(17).bounce == 0.005  # lgpio does it; the mock lines only note it


def test_a_second_led_is_lit_exactly_while_the_camera_streams(
    factory: MockFactory, make_panel: Callable[..., GpiozeroPanel]
) -> None:
    panel = make_panel(camera_led_gpio=22)
    assert factory.pin(22).state == 0
    for light in Light:
        panel.show(light)
        assert factory.pin(22).state == (light is Light.ON)
    panel.show(Light.ON)
    panel.close()
    assert factory.pin(22).function == "input"


@pytest.mark.parametrize("missing", ["button_gpio", "led_gpio"])
def test_a_button_or_an_led_may_be_missing(
    factory: MockFactory, make_panel: Callable[..., GpiozeroPanel], missing: str
) -> None:
    panel = make_panel(**{missing: None})
    edges: list[str] = []
    panel.listen(lambda: edges.append("down"), lambda: edges.append("up"))
    for light in Light:
        panel.show(light)
    panel.show(Light.ON)
    factory.pin(17).drive_low()
    lit = factory.pin(27).state == 1
    assert (edges, lit) == (([], True) if missing == "button_gpio" else (["down"], False))


def test_without_anything_wired_no_line_is_opened() -> None:
    panel = GpiozeroPanel(**(WIRING | {"button_gpio": None, "led_gpio": None}))  # needs neither lgpio nor a Pi
    panel.listen(lambda: None, lambda: None)
    panel.show(Light.BREATH)
    panel.close()


def test_the_led_is_off_at_first_and_on_when_told(
    factory: MockFactory, make_panel: Callable[..., GpiozeroPanel]
) -> None:
    panel = make_panel()
    assert factory.pin(27).state == 0
    panel.show(Light.ON)
    assert factory.pin(27).state == 1
    panel.show(Light.OFF)
    assert factory.pin(27).state == 0


def test_an_led_that_lights_when_low_is_turned_round(
    factory: MockFactory, make_panel: Callable[..., GpiozeroPanel]
) -> None:
    panel = make_panel(led_active_high=False)
    assert factory.pin(27).state == 1
    panel.show(Light.ON)
    assert factory.pin(27).state == 0


def test_a_pulse_is_dimmed(factory: MockFactory, make_panel: Callable[..., GpiozeroPanel]) -> None:
    make_panel().show(Light.PULSE)
    wait_until(lambda: len({level for level in levels(factory) if 0 < level < 1}) > 5, "levels between dark and full")


def test_a_line_that_cannot_be_dimmed_is_switched() -> None:
    factory = MockFactory(pin_class=MockPin)
    panel = GpiozeroPanel(pin_factory=factory, **WIRING)
    panel.show(Light.PULSE)
    wait_until(lambda: len(levels(factory)) > 3, "a line that goes up and down", seen=lambda: levels(factory))
    panel.close()
    assert set(levels(factory)) == {0, 1}


def test_showing_the_same_light_again_leaves_its_pattern_undisturbed(
    factory: MockFactory, make_panel: Callable[..., GpiozeroPanel]
) -> None:
    panel = make_panel()

    def shown_again() -> list[float]:
        panel.show(Light.BLINK_1)  # as the main loop does, far more often than the LED blinks
        return levels(factory)

    wait_until(lambda: shown_again()[:3] == [0, 1, 0], "the end of a blink", seen=shown_again)


@pytest.mark.parametrize("light", list(Light))
def test_the_led_is_off_after_closing_whatever_it_showed(factory: MockFactory, light: Light) -> None:
    panel = GpiozeroPanel(pin_factory=factory, **WIRING)
    panel.show(light)
    time.sleep(0.1)
    panel.close()
    panel.close()
    assert factory.pin(27).state == 0
    assert factory.pin(27).function == "input"
    factory.pin(27).clear_states()
    time.sleep(0.1)
    assert levels(factory) == [0]


def test_closed_lines_can_be_taken_again(factory: MockFactory, make_panel: Callable[..., GpiozeroPanel]) -> None:
    make_panel().close()
    make_panel().show(Light.ON)
    assert factory.pin(27).state == 1


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({}, "GPIO27 is already in use"),
        ({"button_gpio": 5, "led_gpio": 99}, "99 is not a valid pin"),
        ({"button_gpio": 5, "led_gpio": 5}, "GPIO5 is already in use"),
    ],
)
def test_lines_that_cannot_be_had_are_named(
    make_panel: Callable[..., GpiozeroPanel], changes: dict[str, int], complaint: str
) -> None:
    make_panel()
    with pytest.raises(PanelError, match=complaint) as caught:
        make_panel(**changes)
    assert f"GPIO {changes.get('button_gpio', 17)}" in caught.value.what
    assert "[panel]" in caught.value.mend


def test_a_failed_start_gives_back_what_it_took(factory: MockFactory, make_panel: Callable[..., GpiozeroPanel]) -> None:
    with pytest.raises(PanelError):
        make_panel(button_gpio=99)
    make_panel().show(Light.ON)
    assert factory.pin(27).state == 1


@pytest.mark.skipif(Path("/dev/gpiochip0").exists(), reason="this machine has GPIO lines")
def test_without_lgpio_or_a_pi_there_is_no_panel_and_no_other_factory_in_its_place() -> None:
    with pytest.raises(PanelError, match="button on GPIO 17, LED on GPIO 27"):
        GpiozeroPanel(**WIRING)


LGPIO = """
import os
_folder = os.environ.get("LG_WD") or os.getcwd()  # the C library's part
os.mkfifo(os.path.join(_folder, ".lgd-nfy0"))
_pipe = os.open(os.path.join(_folder, ".lgd-nfy0"), os.O_RDWR)
_file = open(".lgd-nfy0", "rb")
SET_PULL_NONE = BOTH_EDGES = RISING_EDGE = FALLING_EDGE = 0
def gpiochip_open(chip):
    raise OSError(f"lines of chip {chip}; {sorted(os.listdir())}")
"""
"""As lgpio 0.2.2 does on import; it gets no further here."""


@pytest.mark.parametrize("named", ["", "/nowhere"])
def test_lgpio_leaves_no_pipe_where_somebody_stands(
    named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stands, modules = tmp_path / "stands", tmp_path / "modules"
    stands.mkdir()
    modules.mkdir()
    (modules / "lgpio.py").write_text(LGPIO, encoding="utf-8")
    monkeypatch.syspath_prepend(str(modules))
    for name in ("lgpio", "gpiozero.pins.lgpio"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.chdir(stands)
    monkeypatch.setenv("LG_WD", named)
    with pytest.raises(PanelError, match="lines of chip 7"):
        GpiozeroPanel(**WIRING | {"chip": 7})
    assert Path.cwd() == stands
    assert list(stands.iterdir()) == []
    assert os.environ["LG_WD"] == named
    sys.modules.pop("gpiozero.pins.lgpio", None)
    stand_in: Any = sys.modules.pop("lgpio")
    stand_in._file.close()
    os.close(stand_in._pipe)


@given(st.sampled_from(list(Light)), st.floats(0, 1e6))
def test_brightness_is_between_off_and_full(light: Light, seconds: float) -> None:
    assert 0 <= brightness(light, seconds) <= 1


@pytest.mark.parametrize("light", [light for light in Light if light is not Light.OFF])
def test_every_light_but_off_is_seen_within_three_seconds(light: Light) -> None:
    assert any(brightness(light, 0.04 * step) > 0 for step in range(75))


@pytest.mark.parametrize(("light", "blinks"), BLINKS.items())
def test_a_blink_code_has_its_number_of_blinks_and_then_a_pause_that_cannot_be_mistaken(
    light: Light, blinks: int
) -> None:
    period = blinks * 0.6 + 2.0
    shown = [brightness(light, 0.01 + 0.02 * step) for step in range(round(2 * period / 0.02))]
    rises = sum(before < after for before, after in zip([0.0, *shown], shown, strict=False))
    assert rises == 2 * blinks
    assert shown[-100:] == [0.0] * 100  # the pause, 2 s against the 0.3 s of dark between two blinks


def test_the_patterns_of_different_states_differ() -> None:
    patterns = {tuple(brightness(light, 0.02 * step) for step in range(500)) for light in Light}
    assert len(patterns) == len(Light)
