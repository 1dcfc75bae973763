"""Smoothing moves seconds between labels, never adds any, and does not care how often a camera looks."""

from collections.abc import Sequence
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from device.observation.smoothing import FORGETTING_SECONDS, Ledger, PlainLedger, SmoothedLedger, ledger

Piece = tuple[float, float, NDArray[np.float32]]
"""Start, end, and what a frame says of three labels."""

lengths = st.floats(0.1, 1.5)


@st.composite
def pieces(draw: st.DrawFn, *, most: int = 40, longest_gap: float = FORGETTING_SECONDS) -> list[Piece]:
    """Pieces that hold for 10 to 500 ms, some after a gap; never two sequences of exactly the same worth."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    drawn, now = [], 0.0
    for _ in range(draw(st.integers(0, most))):
        start = now + (generator.uniform(0, longest_gap) if generator.random() < 0.2 else 0.0)
        now = start + generator.uniform(0.01, 0.5)
        drawn.append((start, now, generator.dirichlet((0.3, 0.3, 0.3)).astype(np.float32)))
    return drawn


def credited(drawn: Sequence[Piece], into: Ledger) -> list[float]:
    for start, end, probabilities in drawn:
        into.add(start, end, probabilities)
    return [float(value) for value in into.seconds]


def smoothed(drawn: Sequence[Piece], length: float) -> list[float]:
    return credited(drawn, SmoothedLedger(3, length))


def looks(*spans: tuple[int, float], step: float = 0.05) -> list[Piece]:
    """Frames that are sure of one label after another, for so many seconds each."""
    drawn, now = [], 0.0
    for label, seconds in spans:
        for _ in range(round(seconds / step)):
            drawn.append((now, now + step, np.eye(3, dtype=np.float32)[label]))
            now += step
    return drawn


@given(pieces(longest_gap=2.0), lengths)
def test_no_second_is_added_or_lost(drawn: list[Piece], length: float) -> None:
    seconds = smoothed(drawn, length)

    assert all(value >= 0 for value in seconds)
    assert sum(seconds) == pytest.approx(sum(end - start for start, end, _ in drawn))


@given(pieces(most=6, longest_gap=0.4), lengths)
@settings(max_examples=60)
def test_the_sequence_credited_is_the_best_of_all(drawn: list[Piece], length: float) -> None:
    def worth(labels: Sequence[int]) -> float:
        named = sum((end - start) * float(says[label]) for label, (start, end, says) in zip(labels, drawn, strict=True))
        return named - length / 2 * sum(before != after for before, after in pairwise(labels))

    best = max(product(range(3), repeat=len(drawn)), key=worth)
    expected = np.zeros(3)
    for label, (start, end, _) in zip(best, drawn, strict=True):
        expected[label] += end - start

    assert smoothed(drawn, length) == pytest.approx(expected.tolist())


@given(pieces(), st.integers(0, 2))
def test_frames_that_agree_are_credited_as_without_smoothing(drawn: list[Piece], label: int) -> None:
    agreed = [(start, end, np.roll(np.sort(says), label + 1)) for start, end, says in drawn]

    assert smoothed(agreed, 0.5) == pytest.approx(credited(agreed, PlainLedger(3)))


@given(pieces(longest_gap=2.0), lengths, st.integers(2, 5))
def test_a_camera_that_looks_more_often_and_sees_the_same_changes_nothing(
    drawn: list[Piece], length: float, times: int
) -> None:
    often = [
        (float(start), float(end), says)
        for first, last, says in drawn
        for start, end in pairwise(np.linspace(first, last, times + 1))
    ]

    assert smoothed(often, length) == pytest.approx(smoothed(drawn, length))


@given(pieces(longest_gap=2.0), lengths, st.permutations(range(3)))
def test_the_order_of_the_labels_does_not_matter(drawn: list[Piece], length: float, order: list[int]) -> None:
    reordered = smoothed([(start, end, says[order]) for start, end, says in drawn], length)

    assert reordered == pytest.approx([smoothed(drawn, length)[label] for label in order])


@given(pieces(longest_gap=2.0), lengths)
def test_a_film_that_runs_backwards_earns_the_same_seconds(drawn: list[Piece], length: float) -> None:
    backwards = [(-end, -start, says) for start, end, says in reversed(drawn)]

    assert smoothed(backwards, length) == pytest.approx(smoothed(drawn, length))


@given(pieces(most=20), pieces(most=20), lengths, st.floats(FORGETTING_SECONDS + 0.01, 3))
def test_nothing_from_before_a_long_gap_speaks_after_it(
    before: list[Piece], after: list[Piece], length: float, gap: float
) -> None:
    start = (before[-1][1] if before else 0.0) + gap
    later = [(start + begun, start + ended, says) for begun, ended, says in after]

    expected = np.add(smoothed(before, length), smoothed(later, length))
    assert smoothed([*before, *later], length) == pytest.approx(expected.tolist())


@given(pieces(), st.floats(1e-9, 1e-7))
def test_next_to_no_smoothing_is_the_likeliest_label_of_every_frame(drawn: list[Piece], length: float) -> None:
    clear = [piece for piece in drawn if np.ptp(np.sort(piece[2])[-2:]) > 1e-3]

    assert smoothed(clear, length) == pytest.approx(credited(clear, PlainLedger(3)))


@pytest.mark.parametrize("step", [0.1, 0.05, 0.025])
def test_a_look_counts_from_the_least_length_on_and_then_whole(step: float) -> None:
    short, long = (looks((0, 2), (1, seconds), (0, 2), step=step) for seconds in (0.4, 0.6))

    assert smoothed(short, 0.5) == pytest.approx([4.4, 0, 0])
    assert smoothed(long, 0.5) == pytest.approx([4, 0.6, 0])


def test_a_lasting_change_is_credited_without_delay() -> None:
    assert smoothed(looks((2, 3), (0, 1), (1, 4)), 0.5) == pytest.approx([1, 4, 3])


def test_a_short_gap_earns_nothing_and_does_not_part_a_look() -> None:
    drawn = [piece for piece in looks((0, 1), (1, 0.6), (0, 1)) if not 1.25 < (piece[0] + piece[1]) / 2 < 1.4]

    assert smoothed(drawn, 0.5) == pytest.approx([2.45, 0, 0])  # 0.45 s of label 1 are less than half a second
    assert smoothed(drawn, 0.4) == pytest.approx([2, 0.45, 0])


def test_seconds_are_those_of_the_best_sequence_so_far() -> None:
    ledger_so_far = SmoothedLedger(3, 0.5)
    assert ledger_so_far.seconds.tolist() == [0, 0, 0]

    expected = [(1.0, [1, 0, 0]), (1.2, [1.2, 0, 0]), (1.4, [1, 0.4, 0])]
    for (until, seconds), added in zip(expected, ((0, 20), (20, 24), (24, 28)), strict=True):
        credited(looks((0, 1), (1, 0.4))[slice(*added)], ledger_so_far)
        assert ledger_so_far.seconds.tolist() == pytest.approx(seconds), until


def test_only_labels_are_smoothed_and_only_on_request() -> None:
    assert isinstance(ledger(3, credit="label", smoothing_seconds=0), PlainLedger)
    assert isinstance(ledger(3, credit="label", smoothing_seconds=0.5), SmoothedLedger)
    assert isinstance(ledger(3, credit="probabilities", smoothing_seconds=0.5), PlainLedger)
