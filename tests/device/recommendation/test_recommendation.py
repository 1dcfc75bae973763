"""The nearest songs: a cosine that knows no scale, ties by id, nothing unplayable, never empty by choice."""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.emotion.labels import FACE_LABELS, FACE_PLACES, SONG_LABELS, Place
from device.emotion.vectors import song_vectors
from device.observation.observation import Observation, Observer, Reading
from device.observation.plane_place import MeanPlace
from device.recommendation.query import EmotionQuery
from device.recommendation.recommendation import RankedSong, Recommender
from device.recommendation.song_table import Header, Song, SongTable
from device.settings.sections import ObservationSettings, RecommendationSettings
from tests.device.vector_lists import Vector, vector_lists

MakeTable = Callable[[Sequence[Sequence[float]]], SongTable]
MakeObservation = Callable[..., Observation]

HEADER = Header(k=1, sigma_valence=0.2, sigma_arousal=0.2, music_model="test")

QueryRule = Literal["centre", "sum"]

rules = st.sampled_from(["centre", "sum"])
seconds_by_label = st.fixed_dictionaries({label: st.integers(0, 15) for label in FACE_LABELS}).filter(
    lambda seconds: any(seconds.values())
)


def everything_playable(table: SongTable) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return np.ones(len(table.songs), dtype=np.bool_)


def test_five_songs_are_named_unless_the_settings_say_otherwise(
    make_table: MakeTable, make_observation: MakeObservation
) -> None:
    table = make_table([[100, 0, 0, 0, 0, 0, 0, 0]] * 7)
    recommendation = Recommender(table, everything_playable(table)).recommend(make_observation({"anger": 1.0}))

    assert [choice.song.id for choice in recommendation.ranked] == [1, 2, 3, 4, 5]


@given(seconds=seconds_by_label, vectors=vector_lists(), rule=rules, doublings=st.integers(-6, 6))
def test_looking_longer_in_the_same_way_finds_the_same_songs(
    make_table: MakeTable,
    make_observation: MakeObservation,
    seconds: dict[str, int],
    vectors: list[Vector],
    rule: QueryRule,
    doublings: int,
) -> None:
    table = make_table(vectors)
    recommender = Recommender(table, everything_playable(table), RecommendationSettings(query=rule))
    scaled = {label: value * 2.0**doublings for label, value in seconds.items()}  # exact in binary

    once = recommender.recommend(make_observation(seconds, duration=10_000.0))
    again = recommender.recommend(make_observation(scaled, duration=10_000.0))
    assert again.ranked == once.ranked


@given(seconds=seconds_by_label, vectors=vector_lists(), rule=rules, data=st.data())
def test_recommending_follows_every_rule_of_the_ranking(
    make_table: MakeTable,
    make_observation: MakeObservation,
    seconds: dict[str, int],
    vectors: list[Vector],
    rule: QueryRule,
    data: st.DataObject,
) -> None:
    table = make_table(vectors)
    playable = np.array([data.draw(st.booleans()) for _ in vectors], dtype=np.bool_)
    avoid = data.draw(st.sets(st.integers(0, 10)))
    top = data.draw(st.integers(1, 6))
    observation = make_observation(seconds, duration=10_000.0)

    whole = Recommender(table, playable.copy(), RecommendationSettings(query=rule, top=100)).recommend(observation)
    ids = [choice.song.id for choice in whole.ranked]
    assert sorted(ids) == [song.id for song, usable in zip(table.songs, playable, strict=True) if usable]
    keys = [(-round(choice.similarity, 12), choice.song.id) for choice in whole.ranked]
    assert keys == sorted(keys)

    chosen = Recommender(table, playable, RecommendationSettings(query=rule, top=top, songs_per_artist=0)).recommend(
        observation, avoid=avoid
    )
    fresh = [song_id for song_id in ids if song_id not in avoid]
    assert [choice.song.id for choice in chosen.ranked] == (fresh or ids)[:top]
    assert chosen.query == whole.query
    assert chosen.observation is observation


def within_the_cap(order: list[int], artists: list[str], cap: int, top: int) -> list[int]:
    """What should be named of songs in this order, whose ids are 1, 2, …: by the words of the rule, one song a time."""
    cap = cap or top
    named: list[int] = []
    for limit in range(cap, max(cap, top) + 1):
        for song_id in order:
            artist = artists[song_id - 1]
            same = [other for other in named if artist and artists[other - 1] == artist]
            if song_id not in named and len(same) < limit and len(named) < top:
                named.append(song_id)
    return sorted(named, key=order.index)


@given(
    seconds=seconds_by_label,
    vectors=vector_lists(least=3),
    cap=st.integers(0, 4),
    top=st.integers(1, 6),
    avoid=st.sets(st.integers(-1, 10)),
    data=st.data(),
)
def test_no_artist_is_named_more_often_than_the_cap_allows_while_there_are_others(
    make_song: Callable[..., Song],
    make_observation: MakeObservation,
    seconds: dict[str, int],
    vectors: list[Vector],
    cap: int,
    top: int,
    avoid: set[int],
    data: st.DataObject,
) -> None:
    artists = [data.draw(st.sampled_from(["", "Ana", "Bo", "Cy"])) for _ in vectors]
    files = {f"album/{number:02}.mp3": data.draw(st.booleans()) for number in range(1, len(vectors) + 1)}
    songs = tuple(
        make_song(number, vector=tuple(map(float, vector)), artist=artist)
        for number, (vector, artist) in enumerate(zip(vectors, artists, strict=True), start=1)
    )
    table = SongTable(HEADER, songs)
    observation = make_observation(seconds, duration=10_000.0)
    recommender = Recommender(
        table,
        everything_playable(table),
        RecommendationSettings(top=top, songs_per_artist=cap),
        present=lambda path: files[path],
    )
    named = [choice.song.id for choice in recommender.recommend(observation, avoid=avoid).ranked]

    plain = Recommender(
        table, everything_playable(table), RecommendationSettings(top=100, songs_per_artist=0)
    ).recommend(observation)
    order = [choice.song.id for choice in plain.ranked if files[choice.song.path]]
    fresh = [song_id for song_id in order if song_id not in avoid]
    assert named == within_the_cap(fresh or order, artists, cap, top)
    assert len(named) == min(top, len(fresh or order))


def test_an_artist_is_one_however_the_name_is_written(
    make_song: Callable[..., Song], make_observation: MakeObservation
) -> None:
    names = ["Björk", "björk", " Bjo\u0308rk", "Sade", "", ""]
    table = SongTable(HEADER, tuple(make_song(number, artist=name) for number, name in enumerate(names, start=1)))
    recommender = Recommender(table, everything_playable(table), RecommendationSettings(top=4))

    named = recommender.recommend(make_observation({"happiness": 5.0})).ranked
    assert [choice.song.id for choice in named] == [1, 4, 5, 6]


def test_a_song_whose_file_is_gone_is_struck_off(make_table: MakeTable, make_observation: MakeObservation) -> None:
    table = make_table([[100, 0, 0, 0, 0, 0, 0, 0]] * 3)
    playable = everything_playable(table)
    asked: list[str] = []

    def present(path: str) -> bool:
        asked.append(path)
        return path != "album/01.mp3"

    recommender = Recommender(table, playable, RecommendationSettings(top=1), present=present)
    for _ in range(2):
        assert recommender.recommend(make_observation({"anger": 1.0})).ranked[0].song.id == 2
    assert playable.tolist() == [False, True, True]
    assert asked == ["album/01.mp3", "album/02.mp3", "album/02.mp3"]  # no further than to the first that is there


def test_a_library_that_is_all_gone_names_nothing(make_table: MakeTable, make_observation: MakeObservation) -> None:
    table = make_table([[100, 0, 0, 0, 0, 0, 0, 0]] * 300)
    recommender = Recommender(table, everything_playable(table), present=lambda _path: False)

    assert recommender.recommend(make_observation({"anger": 1.0}), avoid=[3]).ranked == ()


@pytest.mark.parametrize("label", FACE_LABELS)
@pytest.mark.parametrize("seconds", [0.3, 4.0, 15.0])
def test_with_one_emotion_alone_centre_and_sum_point_the_same_way(
    make_observation: MakeObservation, label: str, seconds: float
) -> None:
    vocabulary = EmotionQuery()
    observation = make_observation(dict.fromkeys(FACE_LABELS, 0.0) | {label: seconds})

    own = vocabulary.vectors([label])[0]
    assert vocabulary.centre_query(observation) == pytest.approx(own)
    assert vocabulary.sum_query(observation) == pytest.approx(seconds * own)


@given(seconds=seconds_by_label)
def test_the_sum_adds_the_vectors_of_the_labels_by_their_seconds(
    make_observation: MakeObservation, seconds: dict[str, int]
) -> None:
    vocabulary = EmotionQuery(settings=RecommendationSettings(sigma=0.2, k=2))
    expected = [
        sum(
            value
            * song_vectors(
                [FACE_PLACES[label].valence], [FACE_PLACES[label].arousal], sigma_valence=0.4, sigma_arousal=0.4
            )[0][i]
            for label, value in seconds.items()
        )
        for i in range(8)
    ]

    assert vocabulary.sum_query(make_observation(seconds, duration=200.0)) == pytest.approx(expected)


def test_the_centre_is_the_rectangle_around_the_mixture(make_observation: MakeObservation) -> None:
    places = {"happiness": Place(0.8, 0.5), "sadness": Place(-0.4, -0.3)}
    vocabulary = EmotionQuery(places, RecommendationSettings(sigma=0.3))
    observation = make_observation({"happiness": 9.0, "sadness": 3.0})

    # Means 0.75 × 0.8 − 0.25 × 0.4 and so on; variance p (1 − p) d² between two places, and σ² within.
    expected = song_vectors(
        [0.5],
        [0.3],
        sigma_valence=(0.75 * 0.25 * 1.2**2 + 0.3**2) ** 0.5,
        sigma_arousal=(0.75 * 0.25 * 0.8**2 + 0.3**2) ** 0.5,
    )[0]
    assert vocabulary.centre_query(observation) == pytest.approx(expected)


def test_the_centre_lies_where_the_settings_say_and_a_sum_knows_no_place(
    make_table: MakeTable, make_observation: MakeObservation
) -> None:
    place = MeanPlace(0.3, 0.1, 0.4, 0.3)
    seconds = {"happiness": 6.0, "neutral": 9.0}
    seen, table = make_observation(seconds, place=place), make_table([[100, 0, 0, 0, 0, 0, 0, 0]])
    around = song_vectors([0.3], [0.1], sigma_valence=0.5, sigma_arousal=(0.3**2 + 0.3**2) ** 0.5)[0]
    by_seconds = make_observation(seconds)

    for settings, query, centre in [
        (RecommendationSettings(sigma=0.3), around, place),
        (RecommendationSettings(place="seconds"), EmotionQuery().of(by_seconds), EmotionQuery().centre_of(by_seconds)),
        (RecommendationSettings(query="sum"), EmotionQuery().sum_query(by_seconds), None),
    ]:
        found = Recommender(table, everything_playable(table), settings).recommend(seen)
        assert found.query == pytest.approx(query)
        assert found.centre == centre


def test_the_sources_way_adds_the_vectors_of_the_likeliest_labels(make_table: MakeTable) -> None:
    said = np.eye(8, dtype=np.float32)[[3, 3, 6, 0]] * 0.3 + np.float32(0.0875)
    observer = Observer(FACE_LABELS, ObservationSettings(smoothing_seconds=0))
    for number, probabilities in enumerate(said):
        observer.add(Reading(number / 2, probabilities))
    table = make_table([[100, 0, 0, 0, 0, 0, 0, 0]])
    source = Recommender(table, everything_playable(table), RecommendationSettings(query="sum"))

    happiness, neutral, anger = EmotionQuery().vectors(["happiness", "neutral", "anger"])
    assert source.recommend(observer.finish()).query == pytest.approx(happiness + neutral / 2 + anger / 2)


def test_face_vectors_lie_where_raters_put_the_emotions() -> None:
    vectors = EmotionQuery().vectors(FACE_LABELS)
    largest = {label: SONG_LABELS[int(row.argmax())] for label, row in zip(FACE_LABELS, vectors, strict=True)}

    assert vectors.sum(axis=1) == pytest.approx(100)
    assert largest == {
        "anger": "tense",
        "disgust": "frustrated",
        "fear": "frustrated",
        "happiness": "happy",
        "sadness": "depressed",
        "surprise": "excited",
        "neutral": "calm",
        "contempt": "frustrated",
    }


def test_a_model_with_fewer_labels_in_another_order_is_served(make_observation: MakeObservation) -> None:
    vocabulary = EmotionQuery()

    few = vocabulary.sum_query(make_observation({"sadness": 2.0, "anger": 1.0}))
    assert few == pytest.approx(vocabulary.sum_query(make_observation({"anger": 1.0, "sadness": 2.0})))


def test_a_label_without_a_place_is_refused() -> None:
    with pytest.raises(KeyError, match="boredom"):
        EmotionQuery().vectors(["boredom"])


@pytest.mark.parametrize("rule", ["centre", "sum"])
def test_an_observation_without_seconds_has_no_nearest_song(
    make_table: MakeTable, make_observation: MakeObservation, rule: QueryRule
) -> None:
    table = make_table([[100, 0, 0, 0, 0, 0, 0, 0]])

    with pytest.raises(ValueError, match="no expression was seen"):
        Recommender(table, everything_playable(table), RecommendationSettings(query=rule)).recommend(
            make_observation({"anger": 0.0})
        )


def test_the_reason_names_the_emotions_the_song_and_how_near_it_is(
    make_table: MakeTable, make_observation: MakeObservation
) -> None:
    happy, calm = [0, 0, 0, 100, 0, 0, 0, 0], [0, 0, 0, 0, 0, 100, 0, 0]
    table = make_table([calm, happy])
    observation = make_observation({"surprise": 4.1, "happiness": 9.84, "fear": 0.04})

    recommendation = Recommender(table, everything_playable(table)).recommend(observation)
    second = recommendation.ranked[1].similarity
    assert recommendation.reason().startswith("9.8 s happiness, 4.1 s surprise → Title 2 — Artist, similarity 0.")
    assert recommendation.reason(1) == f"9.8 s happiness, 4.1 s surprise → Title 1 — Artist, similarity {second:.2f}"


@pytest.mark.parametrize(("similarity", "poor"), [(0.0, True), (0.594, True), (0.596, False), (1.0, False)])
def test_a_match_is_poor_by_the_number_that_is_shown(similarity: float, *, poor: bool) -> None:
    song = Song(1, "a.mp3", "A", "", "", 1.0, "", 0.0, 0.0, (100.0, *[0.0] * 7))
    assert RankedSong(song, similarity).poor == poor
