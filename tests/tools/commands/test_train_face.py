import argparse
from pathlib import Path

import pytest

from tools.commands import train_face
from tools.errors import DatasetError


def parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    train_face.add_arguments(parser)
    return parser.parse_args(words)


def test_the_options_are_read() -> None:
    arguments = parse("--data", "in", "--out", "there", "--seed", "0", "--epochs", "3", "--limit", "40")
    assert (arguments.data, arguments.out) == ([Path("in")], Path("there"))
    assert arguments.split is None
    assert (arguments.seed, arguments.epochs, arguments.limit) == (0, 3, 40)


def test_several_sets_and_a_split_can_be_named() -> None:
    arguments = parse("--data", "a.csv", "b", "--out", "there", "--seed", "0", "--split", "sequence")
    assert arguments.data == [Path("a.csv"), Path("b")]
    assert arguments.split == "sequence"


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--seed", "1", "--split", "usage"),
        ("--seed", "-1"),
        ("--seed", "2147483648"),
        ("--seed", "one"),
        ("--seed", "1", "--epochs", "0"),
        ("--seed", "1", "--limit", "-3"),
        ("--seed", "1", "--tempering", "1.5"),
        ("--seed", "1", "--architecture", "enormous"),
        ("--seed", "1", "--precision", "int8"),
    ],
)
def test_options_that_make_no_sense_are_refused(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parse("--data", "in", "--out", "there", *words)
    assert caught.value.code == 2
    assert "--" in capsys.readouterr().err


def test_a_folder_without_data_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="holds no labelled faces"):
        train_face.run(parse("--data", str(tmp_path), "--out", str(tmp_path / "out"), "--seed", "1"))
    assert not (tmp_path / "out").exists()
