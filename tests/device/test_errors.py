"""The tree of errors."""

import pickle

import pytest

from device import errors
from device.errors import MienError

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, MienError)]


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_travels_whole_between_processes(kind: type[MienError]) -> None:
    there = pickle.loads(pickle.dumps(kind("songs.sqlite: gone", mend="analyse again")))  # noqa: S301 - our own bytes
    assert type(there) is kind
    assert (there.what, there.mend) == ("songs.sqlite: gone", "analyse again")
    assert str(there) == "songs.sqlite: gone\n  mend: analyse again"


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_has_an_exit_code_that_says_failure(kind: type[MienError]) -> None:
    assert 0 < kind.exit_code < 126


@pytest.mark.parametrize("kind", KINDS)
def test_the_tree_in_the_docstring_names_every_error(kind: type[MienError]) -> None:
    assert f" {kind.__name__} " in (errors.__doc__ or "")


@pytest.mark.parametrize("kind", KINDS)
def test_words_of_others_are_neither_obeyed_nor_taken_for_lines_of_ours(kind: type[MienError]) -> None:
    error = kind("a  b\n  mend: rm -rf\x1b[2J\u202e", mend="c\u2028d\x9b")
    assert str(error) == "a  b   mend: rm -rf[2J\n  mend: c d"
    assert error.args == (error.what,)


@pytest.mark.parametrize("kind", KINDS)
def test_several_problems_have_a_line_each(kind: type[MienError]) -> None:
    error = kind(["one\nmore", "two"], mend="mend both")
    there = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert there.what == error.what == "one more\ntwo"
