"""mien volume: what is typed, what the daemon is asked, and what is said of it."""

import argparse
from typing import Any

import pytest

from device.__main__ import main
from device.commands import volume
from device.commands.volume import add_arguments

BY_DAY = {"percent": 45, "maximum_percent": 80, "step_percent": 5, "by_night": False, "trouble": None}


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ([], {}),
        (["40"], {"percent": 40}),
        (["40%"], {"percent": 40}),
        (["0"], {"percent": 0}),
        (["+5"], {"by": 5}),
        (["-5"], {"by": -5}),
        (["+5 %"], {"by": 5}),
    ],
)
def test_what_is_typed_is_asked(words: list[str], asked: dict[str, int]) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    assert parser.parse_args(words).wish == asked


@pytest.mark.parametrize("word", ["101", "+101", "loud", "4.5", "٤٠", "++5", ""])
def test_what_is_no_volume_is_refused(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["volume", word])
    assert ended.value.code == 2
    assert "a volume is a whole number from 0 to 100 (percent), not" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        ({"volume": BY_DAY, "trouble": None}, 0, "The volume is 45 %, of at most 80 %.\n"),
        (
            {"volume": BY_DAY | {"percent": 20, "maximum_percent": 30, "by_night": True}, "trouble": None},
            0,
            "The volume is 20 %, of at most 30 % until the quiet hours end.\n",
        ),
        ({"volume": BY_DAY, "trouble": {"what": "too loud", "mend": "mien volume 80"}}, 69, ""),
    ],
)
def test_what_the_daemon_answers_is_said(
    answer: dict[str, Any], code: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(volume, "ask", lambda _, request: answer if request["command"] == "volume" else {})
    assert main(["volume", "+5"]) == code
    heard = capsys.readouterr()
    assert heard.out == said
    assert (code == 0) == (heard.err == "")
