"""What ``mien calibrate`` says in the end, and what it refuses."""

import argparse
from typing import Any

import pytest

from device.commands._parser import number_checked_by
from device.commands.calibrate import _tell, long_enough

FULL = {"faces": [{"name": "anna", "at": "today"}], "trouble": {"what": "no room", "mend": "make some"}}
FAULT = {"cause": "sound card", "what": "it is gone", "mend": "plug it in"}


@pytest.mark.parametrize(
    ("changes", "before", "code", "words"),
    [
        ({}, None, 0, "Kept as anna"),
        ({}, "yesterday", 0, "Kept as anna"),
        ({"fault": FAULT}, "yesterday", 0, "Kept as anna"),  # a face needs no sound
        ({"notice": "too dark"}, "today", 1, "Nothing was kept: too dark."),
        ({"resting": FULL}, "yesterday", 1, "only until the box restarts: no room. What to do: make some."),
        ({}, "today", 1, "Nothing was kept: it was ended before its time."),
        ({"fault": FAULT}, "today", 1, "It cannot: it is gone. plug it in"),
    ],
)
def test_what_came_of_it(
    changes: dict[str, Any], before: str | None, code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    resting = {"faces": [{"name": "anna", "at": "today"}], "trouble": None}
    status = {"fault": None, "notice": "", "resting": resting} | changes
    assert _tell(status, "anna", before) == code
    assert words in capsys.readouterr().out


@pytest.mark.parametrize("seconds", ["0", "-0.0", "-1", "3.9", "61", "nan", "inf", "x", ""])
def test_nobody_is_watched_for_a_moment_or_for_ever(seconds: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="a face at rest is watched for"):
        number_checked_by(long_enough)(seconds)
