"""Several sets as one, of ratings of what is heard in the music alone."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tools.errors import DatasetError
from tools.music_emotion.datasets.collection import join_rated
from tools.music_emotion.datasets.songs import AnnotatedSongs, Passed


def make_set(name: str, count: int, **changes: Any) -> AnnotatedSongs:
    """Songs 0, 1, … of two groups; an even one and the next come from one recording."""
    numbers = np.arange(count)
    songs = AnnotatedSongs(
        name=name,
        ids=tuple(map(str, numbers)),
        paths=tuple(Path(name) / f"{number}.mp3" for number in numbers),
        places=np.column_stack([numbers / 10, -numbers / 10]),
        deviations=np.full((count, 2), 0.1 * len(name)),
        groups=np.array(["rock", "jazz"])[numbers % 2],
        sources=(numbers // 2).astype(np.str_),
        grouped_by="genre",
        felt=False,
        coarse=False,
        sha256=name.ljust(64, "0"),
        terms="research only",
        passed=(Passed(f"{name} 99", "its file is missing"),),
    )
    return replace(songs, **changes)


A, B = make_set("a", 3), make_set("bb", 2)
FELT, COARSE = make_set("felt", 2, felt=True), make_set("coarse", 2, coarse=True)


def test_all_songs_keep_what_is_said_of_them() -> None:
    joined = join_rated([A, B])
    assert (joined.name, len(joined)) == ("a+bb", 5)
    assert joined.ids == ("a/0", "a/1", "a/2", "bb/0", "bb/1")
    assert joined.paths == A.paths + B.paths
    assert np.array_equal(joined.places, np.concatenate([A.places, B.places]))
    assert np.array_equal(joined.deviations, np.concatenate([A.deviations, B.deviations]))
    assert joined.passed == A.passed + B.passed
    assert (joined.felt, joined.coarse) == (False, False)


def test_a_group_or_a_recording_of_one_set_is_none_of_anothers() -> None:
    joined = join_rated([A, B])
    assert joined.groups.tolist() == ["a/rock", "a/jazz", "a/rock", "bb/rock", "bb/jazz"]
    assert joined.sources.tolist() == ["a/0", "a/0", "a/1", "bb/0", "bb/0"]


@pytest.mark.parametrize(("word", "told"), [("genre", "genre"), ("series", "group")])
def test_the_groups_word_is_kept_where_all_sets_share_it(word: str, told: str) -> None:
    assert join_rated([A, replace(B, grouped_by=word)]).grouped_by == told


def test_terms_are_named_once_each() -> None:
    assert join_rated([A, B]).terms == "research only"
    assert join_rated([A, replace(B, terms="CC0")]).terms == "CC0; research only"


def test_the_hash_tells_the_annotations_and_not_their_order() -> None:
    joined = join_rated([A, B]).sha256
    assert len(joined) == 64
    assert joined not in (A.sha256, B.sha256)
    assert join_rated([B, A]).sha256 == joined
    assert join_rated([A, replace(B, sha256="f" * 64)]).sha256 != joined


def test_felt_emotions_and_quadrants_stay_out() -> None:
    joined = join_rated([FELT, A, COARSE, B])
    assert joined.name == "a+bb"
    assert not {"felt 99", "coarse 99"} & {entry.song for entry in joined.passed}


def test_a_single_set_is_left_as_it_is() -> None:
    assert join_rated([FELT, A]) is A


def test_sets_without_ratings_are_refused_by_name() -> None:
    with pytest.raises(DatasetError, match="felt, coarse: no ratings of what is heard") as caught:
        join_rated([FELT, COARSE])
    assert "DEAM" in caught.value.mend
