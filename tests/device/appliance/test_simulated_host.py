"""The simulated machine: its clock and its power switch."""

import pytest

from device.appliance.simulated_host import SimulatedClock, SimulatedPower


def test_time_moves_only_when_told_and_never_back() -> None:
    clock = SimulatedClock(5)
    clock.advance(2.5)
    assert clock() == 7.5
    with pytest.raises(ValueError, match="does not go back"):
        clock.advance(-1)


def test_power_off_is_only_noted() -> None:
    power = SimulatedPower()
    assert not power.is_off
    power.off()
    assert power.is_off
