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
