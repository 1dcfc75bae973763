import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.song_library.excerpts import MOST_EXCERPTS, spread_excerpts

LENGTH, RATE = 100, 50


def excerpts_of(sound: np.ndarray, block: int = 64) -> np.ndarray:
    blocks = [sound[start : start + block] for start in range(0, len(sound), block)]
    return spread_excerpts(blocks, length=LENGTH, sample_rate=RATE).audio


def numbered(count: int) -> np.ndarray:
    """A song whose every excerpt holds its own number, from 1."""
    return np.repeat(np.arange(1, count + 1), LENGTH).astype(np.float32)


@pytest.mark.parametrize(
    ("count", "taken"),
    [
        (1, [1]),
        (16, list(range(1, 17))),
        (17, list(range(1, 18, 2))),
        (32, list(range(1, 33, 2))),
        (33, list(range(1, 34, 4))),
        (100, list(range(1, 101, 8))),
    ],
)
def test_every_2k_th_excerpt_is_taken(count: int, taken: list[int]) -> None:
    found = excerpts_of(numbered(count))
    assert found.shape == (len(taken), LENGTH)
    assert found[:, 0].tolist() == taken
    assert (found == found[:, :1]).all()


@given(st.integers(1, 300), st.integers(1, 400))
def test_the_choice_spans_the_song_and_does_not_depend_on_the_blocks(count: int, block: int) -> None:
    found = excerpts_of(numbered(count), block)
    assert np.array_equal(found, excerpts_of(numbered(count)))
    assert min(count, MOST_EXCERPTS // 2 + 1) <= len(found) <= MOST_EXCERPTS
    steps = np.diff(found[:, 0])
    assert len(set(steps.tolist())) <= 1
    assert count - found[-1, 0] < (steps[0] if len(steps) else count)


def test_silence_before_and_within_is_left_out() -> None:
    silence = np.full(7 * LENGTH + 33, 1e-4, dtype=np.float32)
    found = excerpts_of(np.concatenate([silence, numbered(2), silence[: 3 * LENGTH], numbered(1), silence]))
    assert found[:, 0].tolist() == [1, 2, 1]


def test_a_short_song_is_repeated() -> None:
    found = excerpts_of(np.arange(1, 31, dtype=np.float32))
    assert found.shape == (1, LENGTH)
    assert found[0].tolist() == [*range(1, 31)] * 3 + [*range(1, 11)]


def test_the_rest_after_the_last_whole_excerpt_is_left_out() -> None:
    assert excerpts_of(np.concatenate([numbered(2), np.full(60, 9, np.float32)]))[:, 0].tolist() == [1, 2]


@pytest.mark.parametrize("sound", [np.zeros(5 * LENGTH, np.float32), np.full(30, -9e-4, np.float32), np.empty(0)])
def test_nothing_is_heard_in_silence(sound: np.ndarray) -> None:
    assert excerpts_of(sound).shape == (0, LENGTH)


def test_the_whole_songs_seconds_are_told() -> None:
    blocks = [np.zeros(75, np.float32), np.ones(75, np.float32)]
    assert spread_excerpts(blocks, length=LENGTH, sample_rate=RATE).seconds == 3.0
    assert spread_excerpts([], length=LENGTH, sample_rate=RATE).seconds == 0.0
