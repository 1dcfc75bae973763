"""What is learnt from skips: bounded, fading, for one part of the plane, and read back as untrusted."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.emotion.labels import SONG_LABELS
from device.programme.taste import EARLY_SECONDS, MOST_BONUS, MOST_COUNT, MOST_ENTRIES, MOST_RECORD_BYTES, How, Tastes
from device.recommendation.song import Song

MakeSong = Callable[..., Song]

events = st.lists(
    st.tuples(
        st.integers(-3, 12), st.sampled_from(SONG_LABELS), st.sampled_from(How), st.floats(0, 300), st.integers(0, 3)
    ),
    max_size=60,
)


def learn(make_song: MakeSong, told: list[tuple[int, str, How, float, int]]) -> Tastes:
    tastes = Tastes()
    for song_id, part, how, heard_seconds, presses in told:
        for _ in range(presses):
            tastes = tastes.pressed()
        tastes = tastes.heard(make_song(song_id), part, how, heard_seconds)
    return tastes


@given(events)
def test_counts_and_bonuses_are_bounded_and_survive_a_round_trip(make_song: MakeSong, told: list[Any]) -> None:
    tastes = learn(make_song, told)
    again = Tastes.from_record(json.loads(json.dumps(tastes.to_record())))

    assert again.to_record() == tastes.to_record()
    for part in SONG_LABELS:
        for song_id, (_, bonus) in tastes.bonuses(part, likes_lift=True).items():
            assert abs(bonus) < MOST_BONUS
            skips = sum(s == song_id and p == part and how is How.SKIPPED for s, p, how, _, _ in told)
            assert bonus < 0 or skips < sum(s == song_id and p == part for s, p, *_ in told)
    assert all(max(count.liked, count.skipped) <= MOST_COUNT for count in tastes.counts.values())


@pytest.mark.parametrize(
    ("how", "heard_seconds", "sign"),
    [
        (How.ENDED, 200.0, 1),
        (How.ENDED, 20.0, 1),  # a short one, to its end
        (How.SKIPPED, EARLY_SECONDS - 1, -1),
        (How.SKIPPED, EARLY_SECONDS, 0),  # it may only have been long
        (How.FADED, 5.0, 0),
        (How.FAILED, 0.0, 0),
    ],
)
def test_an_early_skip_counts_against_and_the_end_for(
    make_song: MakeSong, how: How, heard_seconds: float, sign: int
) -> None:
    tastes = Tastes().heard(make_song(4), "calm", how, heard_seconds)
    bonuses = tastes.bonuses("calm", likes_lift=True)
    assert [value > 0 for _, value in bonuses.values()] == ([sign > 0] if sign else [])
    assert tastes.bonuses("tired", likes_lift=True) == {}


def test_what_was_learnt_fades_with_presses_and_can_be_unlearnt(make_song: MakeSong) -> None:
    tastes = Tastes()
    sizes = []
    for _ in range(20):
        tastes = tastes.heard(make_song(), "calm", How.ENDED, 99.0)
    for _ in range(4):
        sizes.append(tastes.bonuses("calm", likes_lift=True)[1][1])
        for _ in range(34):
            tastes = tastes.pressed()
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[1] == pytest.approx(MOST_BONUS * 4 / 4.5, abs=0.001)  # half of eight, beside the prior
    for _ in range(6):
        tastes = tastes.heard(make_song(), "calm", How.SKIPPED, 2.0)
    assert tastes.bonuses("calm", likes_lift=True)[1][1] < 0
    for _ in range(400):
        tastes = tastes.pressed()
    assert tastes.heard(make_song(2), "calm", How.ENDED, 99.0).counts.keys() == {(2, "calm")}


def test_the_faintest_is_forgotten_first_and_the_record_stays_small(make_song: MakeSong) -> None:
    tastes = Tastes().heard(make_song(1), "calm", How.ENDED, 99.0).heard(make_song(1), "calm", How.ENDED, 99.0)
    big = 2**62
    for song_id in range(big, big + MOST_ENTRIES + 5):
        tastes = tastes.heard(make_song(song_id, path="x.mp3"), "frustrated", How.SKIPPED, 1.0)
    assert len(tastes.counts) == MOST_ENTRIES
    assert (1, "calm") in tastes.counts
    assert len(json.dumps(tastes.to_record())) <= MOST_RECORD_BYTES


def test_songs_are_found_again_in_a_new_table_by_their_sound(make_song: MakeSong) -> None:
    tastes = Tastes().heard(make_song(1), "calm", How.ENDED, 99.0).heard(make_song(2), "calm", How.ENDED, 99.0)
    moved = tastes.moved([(7, make_song(1).content_hash), (1, make_song(9).content_hash)])
    assert moved.bonuses("calm", likes_lift=True) == {7: tastes.bonuses("calm", likes_lift=True)[1]}
    other = make_song(1, content_hash="another song of this id")
    assert tastes.heard(other, "calm", How.SKIPPED, 1.0).bonuses("calm", likes_lift=True)[1][1] == pytest.approx(
        -MOST_BONUS * 2 / 3
    )


@given(events)
def test_in_an_evening_what_was_heard_out_makes_up_for_skips_and_no_more(make_song: MakeSong, told: list[Any]) -> None:
    tastes = learn(make_song, told)
    for part in SONG_LABELS:
        lifted = tastes.bonuses(part, likes_lift=True)
        for song_id, (content, bonus) in tastes.bonuses(part, likes_lift=False).items():
            count = tastes.counts[song_id, part]
            assert content == lifted[song_id][0]
            assert -MOST_BONUS < bonus <= min(lifted[song_id][1], 0)
            assert (bonus < 0) == (count.skipped > 0)
            assert not (count.skipped and count.liked) or bonus > replace(count, liked=0.0).bonus(likes_lift=False)


GOOD = {"id": 1, "content": 2, "part": "calm", "for": 1.0, "against": 0.5}


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ([], "no object"),
        ({}, "schema, tastes.songs"),
        ({"schema": 2, "songs": []}, "schema is 2"),
        ({"schema": 1, "songs": {}}, "songs is an object"),
        ({"schema": 1, "songs": [GOOD] * (MOST_ENTRIES + 1)}, f"{MOST_ENTRIES} are the most"),
        *(
            ({"schema": 1, "songs": [GOOD | changed]}, words)
            for changed, words in (
                ({"id": None}, "lacks tastes.songs.id"),
                ({"id": True}, "id is True"),
                ({"id": 2**63}, "id is"),
                ({"content": 2**48}, "content is"),
                ({"part": "cal\x1bm"}, "part is"),
                ({"part": "neutral"}, "part is"),
                ({"for": float("nan")}, "for is nan"),
                ({"for": MOST_COUNT + 1}, "for is 9"),
                ({"against": -0.1}, "against is -0.1"),
            )
        ),
    ],
)
def test_a_record_of_somebody_elses_is_refused_by_its_name(record: Mapping[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words.replace(".", r"\.")):
        Tastes.from_record(record)
    assert Tastes.from_record({"schema": 1, "songs": [GOOD]}).bonuses("calm", likes_lift=True).keys() == {1}
