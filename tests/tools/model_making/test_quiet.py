import os

import pytest

from tools.model_making.quiet import errors_only

CHATTER = b"I0000 a library's greeting\n"


def test_what_goes_well_leaves_standard_error_as_it_was(capfd: pytest.CaptureFixture[str]) -> None:
    with errors_only():
        os.write(2, CHATTER)
    os.write(2, b"afterwards\n")
    assert capfd.readouterr().err == "afterwards\n"


def test_what_fails_shows_all_that_was_said(capfd: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        with errors_only():
            os.write(2, CHATTER)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert capfd.readouterr().err.encode() == CHATTER


def test_a_closed_standard_error_does_not_matter() -> None:
    kept = os.dup(2)
    os.close(2)
    try:
        with errors_only():
            done = True
    finally:
        os.dup2(kept, 2)
        os.close(kept)
    assert done
