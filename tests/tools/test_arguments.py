"""What several verbs take alike on their command lines."""

import argparse
from pathlib import Path

import pytest

from tools.arguments import SHIPPED, add_data, add_model, add_out


@pytest.fixture
def parser() -> argparse.ArgumentParser:
    """A verb that takes all of it."""
    parser = argparse.ArgumentParser()
    add_data(parser, "sets of songs")
    add_out(parser, "gets the model", metavar="OUT")
    add_model(parser, "music")
    return parser


def test_data_may_be_several_and_the_model_that_ships_is_the_usual_one(parser: argparse.ArgumentParser) -> None:
    arguments = parser.parse_args(["--data", "a", "b", "--out", "c"])
    assert arguments.data == [Path("a"), Path("b")]
    assert arguments.out == Path("c")
    assert arguments.model == SHIPPED / "music_emotion"
    assert (SHIPPED / "manifest.json").is_file()
    assert parser.parse_args(["--data", "a", "--out", "c", "--model", "d"]).model == Path("d")


@pytest.mark.parametrize("given", [["--data", "a"], ["--out", "c"], ["--data", "--out", "c"]])
def test_neither_data_nor_out_may_be_left_out(parser: argparse.ArgumentParser, given: list[str]) -> None:
    with pytest.raises(SystemExit):
        parser.parse_args(given)


def test_the_help_says_what_each_verb_means_by_it(parser: argparse.ArgumentParser) -> None:
    told = parser.format_help()
    assert "sets of songs" in told
    assert "--out OUT" in told
    assert "the music model (default: the one that ships)" in told
