"""Sizes in words."""

import pytest

from device.files.sizes import size_text


@pytest.mark.parametrize(
    ("size", "told"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1500, "1.5 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (46_700_000, "46.7 MB"),
        (2.5e9, "2.5 GB"),
        (9.99e12, "10.0 TB"),
        (5e15, "5000.0 TB"),
    ],
)
def test_a_size_is_told_in_its_own_unit(size: float, told: str) -> None:
    assert size_text(size) == told
