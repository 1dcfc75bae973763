import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.audio.excerpts import MOST_EXCERPTS, evenly_spaced_excerpts

LENGTH, RATE = 100, 50


def excerpts_of(sound: np.ndarray, block: int = 64) -> np.ndarray:
    blocks = [sound[start : start + block] for start in range(0, len(sound), block)]
    return evenly_spaced_excerpts(blocks, length=LENGTH, sample_rate=RATE).audio


def counting(seconds: float) -> np.ndarray:
    """A song whose every value is its own place, from 1."""
    return np.arange(1, round(seconds * RATE) + 1, dtype=np.float32)


def starts_of(sound: np.ndarray, block: int = 64) -> list[int]:
    """Where the excerpts of a counting song begin, from 0, once each was seen to be one piece of it."""
    found = excerpts_of(sound, block)
    assert (np.diff(found, axis=1) == 1).all()
    return (found[:, 0].astype(int) - 1).tolist()


@pytest.mark.parametrize(
    ("excerpts", "every"),
    [(1, 1), (2, 1), (16, 1), (17, 2), (32, 2), (33, 4), (100, 8), (1000, 64)],
)
def test_excerpts_overlap_by_half_and_every_2k_th_is_taken(excerpts: int, every: int) -> None:
    song = counting((excerpts + 1) * LENGTH / 2 / RATE)
    assert starts_of(song) == [LENGTH // 2 * number for number in range(0, excerpts, every)]


@given(st.integers(LENGTH, 60 * LENGTH), st.integers(1, 8 * LENGTH))
def test_the_choice_spans_the_song_and_does_not_depend_on_the_blocks(count: int, block: int) -> None:
    song = counting(count / RATE)
    starts = starts_of(song, block)
    assert starts == starts_of(song)
    assert starts[0] == 0
    possible = 1 + (count - LENGTH) // (LENGTH // 2)
    assert min(possible, MOST_EXCERPTS // 2 + 1) <= len(starts) <= MOST_EXCERPTS
    steps = set(np.diff(starts).tolist())
    assert len(steps) <= 1
    step = steps.pop() if steps else LENGTH // 2
    assert step == LENGTH // 2 or step % LENGTH == 0  # where not all are taken, none overlaps another
    assert count - (starts[-1] + LENGTH) < step  # no room was left for one more


@given(st.integers(1, 9), st.integers(1, 60))
def test_excerpts_of_an_odd_length_overlap_by_as_much(length: int, count: int) -> None:
    kept = evenly_spaced_excerpts([counting(count / RATE)], length=length, sample_rate=RATE).audio
    assert kept.shape[1] == length
    every = np.diff(kept[:, 0])
    assert all(step % ((length + 1) // 2) == 0 for step in every)


def test_silence_before_and_within_is_left_out() -> None:
    silence = np.full(7 * LENGTH + 33, 1e-4, dtype=np.float32)
    loud = np.ones(LENGTH, dtype=np.float32)
    found = excerpts_of(np.concatenate([silence, 2 * loud, silence[: 4 * LENGTH], 3 * loud, silence]))
    halves = found.reshape(len(found), 2, LENGTH // 2).max(axis=2).round().astype(int)
    assert halves.tolist() == [[2, 2], [2, 0], [0, 3], [3, 3], [3, 0]]


def test_a_short_song_is_repeated() -> None:
    found = excerpts_of(np.arange(1, 31, dtype=np.float32))
    assert found.shape == (1, LENGTH)
    assert found[0].tolist() == [*range(1, 31)] * 3 + [*range(1, 11)]


def test_the_rest_after_the_last_whole_excerpt_is_left_out() -> None:
    assert starts_of(counting(2.98)) == [0]
    assert starts_of(counting(3)) == [0, 50]
    assert starts_of(counting(3.98)) == [0, 50]


@pytest.mark.parametrize("sound", [np.zeros(5 * LENGTH, np.float32), np.full(30, -9e-4, np.float32), np.empty(0)])
def test_nothing_is_heard_in_silence(sound: np.ndarray) -> None:
    assert excerpts_of(sound).shape == (0, LENGTH)


def test_the_whole_songs_seconds_are_told() -> None:
    blocks = [np.zeros(75, np.float32), np.ones(75, np.float32)]
    assert evenly_spaced_excerpts(blocks, length=LENGTH, sample_rate=RATE).seconds == 3.0
    assert evenly_spaced_excerpts([], length=LENGTH, sample_rate=RATE).seconds == 0.0
