import argparse
from pathlib import Path

import pytest

from tools.commands import reproduce
from tools.errors import DatasetError, TrainingError


def parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    reproduce.add_arguments(parser)
    return parser.parse_args(words)


def test_the_options_are_read() -> None:
    arguments = parse(
        *("--data", "a", "b", "--out", "there", "--architecture", "mel-cnn", "mel-cnn-small"),
        *("--plane", "grid", "--labels", "largest", "--no-keep"),
        *("--k", "2", "--seconds", "30", "--model", "m"),
    )
    assert (arguments.data, arguments.out, arguments.model) == ([Path("a"), Path("b")], Path("there"), Path("m"))
    assert (arguments.architecture, arguments.k, arguments.seconds) == (["mel-cnn", "mel-cnn-small"], 2, 30.0)
    assert (arguments.plane, arguments.labels, arguments.keep) == ("grid", "largest", False)


@pytest.mark.parametrize(
    "words", [("--k", "4"), ("--epochs", "0"), ("--seed", "-1"), ("--seconds", "long"), ("--labels", "13")]
)
def test_options_that_make_no_sense_are_refused(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parse("--data", "in", "--out", "there", *words)
    assert caught.value.code == 2
    assert words[0] in capsys.readouterr().err


@pytest.mark.training
def test_bad_orders_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    empty, out = tmp_path / "empty", tmp_path / "out"
    empty.mkdir()
    words = ("--data", str(empty), "--out", str(out))
    with pytest.raises(TrainingError, match="excerpts of 1 s"):
        reproduce.run(parse(*words, "--seconds", "1"))
    with pytest.raises(TrainingError, match="mel-rnn"):
        reproduce.run(parse(*words, "--architecture", "mel-rnn"))
    with pytest.raises(DatasetError, match="no set of annotated music"):
        reproduce.run(parse(*words))
    assert not out.exists()
