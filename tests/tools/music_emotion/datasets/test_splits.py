"""Splits part groups, never what belongs together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tools.errors import DatasetError
from tools.music_emotion.datasets.splits import Split, folds_of, split_by

names = st.sampled_from([f"group {number}" for number in range(12)])
many_groups = arrays(np.dtype("U8"), st.integers(4, 120), elements=names)
seeds = st.integers(0, 2**32 - 1)
some_shares = st.sampled_from([(0.7, 0.15, 0.15), (0.5, 0.25, 0.25), (0.8, 0.0, 0.2), (1.0, 0.0, 0.0)])


def sides(split: Split) -> list[np.ndarray]:
    return [split.train, split.validation, split.test]


@given(many_groups, seeds, some_shares)
def test_every_song_is_on_one_side_and_every_group_whole(
    groups: np.ndarray, seed: int, shares: tuple[float, float, float]
) -> None:
    if len(set(groups)) < sum(share > 0 for share in shares):
        with pytest.raises(DatasetError, match="cannot be parted into"):
            split_by(groups, seed=seed, shares=shares)
        return
    split = split_by(groups, seed=seed, shares=shares)
    assert sorted(np.concatenate(sides(split)).tolist()) == list(range(len(groups)))
    on_sides = [set(groups[side].tolist()) for side in sides(split)]
    assert sum(len(there) for there in on_sides) == len(set(groups.tolist()))


@given(many_groups, seeds, some_shares)
def test_no_side_exceeds_its_share_by_a_group_and_none_with_a_share_is_empty(
    groups: np.ndarray, seed: int, shares: tuple[float, float, float]
) -> None:
    sizes = np.unique(groups, return_counts=True)[1]
    if len(sizes) < len(shares):
        return
    for side, share in zip(sides(split_by(groups, seed=seed, shares=shares)), shares, strict=True):
        assert len(side) < share * len(groups) + sizes.max() + 1e-9
        assert (len(side) > 0) == (share > 0)


@given(many_groups, seeds, st.integers(2, 6))
def test_folds_part_whole_groups_evenly(groups: np.ndarray, seed: int, count: int) -> None:
    sizes = np.unique(groups, return_counts=True)[1]
    if len(sizes) < count:
        with pytest.raises(DatasetError, match=f"cannot be parted into {count}"):
            folds_of(groups, count=count, seed=seed)
        return
    folds = folds_of(groups, count=count, seed=seed)
    found = np.bincount(folds, minlength=count)
    assert len(found) == count
    assert found.min() > 0
    assert found.max() - found.min() <= sizes.max()
    assert all(len(set(folds[groups == group].tolist())) == 1 for group in set(groups.tolist()))


@given(many_groups, seeds)
def test_the_same_seed_gives_the_same_parts(groups: np.ndarray, seed: int) -> None:
    if len(set(groups.tolist())) < 3:
        return
    for first, second in zip(sides(split_by(groups, seed=seed)), sides(split_by(groups, seed=seed)), strict=True):
        assert first.tolist() == second.tolist()
    assert folds_of(groups, count=3, seed=seed).tolist() == folds_of(groups, count=3, seed=seed).tolist()


def test_songs_that_are_their_own_groups_are_split_exactly_and_by_chance() -> None:
    songs = np.array([f"song {number}" for number in range(200)])
    splits = [split_by(songs, seed=seed) for seed in (1, 2)]
    assert [len(side) for side in sides(splits[0])] == [140, 30, 30]
    assert splits[0].test.tolist() != splits[1].test.tolist()
    assert 0 < len(set(splits[0].test.tolist()) & set(splits[1].test.tolist())) < 15
    assert np.bincount(folds_of(songs, count=10, seed=1)).tolist() == [20] * 10


def test_one_large_group_does_not_unbalance_the_rest() -> None:
    groups = np.array(["large"] * 70 + [f"small {number}" for number in range(30)])
    split = split_by(groups, seed=3)
    assert [len(side) for side in sides(split)] == [70, 15, 15]
    assert set(groups[split.train].tolist()) == {"large"}


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.5, 0.2, 0.2), (1.2, -0.1, -0.1), (0.4, 0.2, 0.2, 0.2)])
def test_shares_that_do_not_make_a_whole_are_refused(shares: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="sum to 1"):
        split_by(np.array(["a", "b", "c", "d"]), seed=0, shares=shares)


@pytest.mark.parametrize("count", [-1, 0, 1])
def test_fewer_than_two_folds_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match="two or more"):
        folds_of(np.array(["a", "b"]), count=count, seed=0)
