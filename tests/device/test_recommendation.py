"""The nearest songs: a cosine that knows no scale, ties by id, nothing unplayable, never empty by choice."""

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.emotion import FACE_LABELS, FACE_PLACES, SONG_LABELS, Place, song_vectors
from device.observation import Observation
from device.recommendation import FaceVocabulary, QueryRule, Recommender, cosine_similarities, rank
from device.song_table import SongTable

MakeTable = Callable[[Sequence[Sequence[float]]], SongTable]
MakeObservation = Callable[..., Observation]

Vector = tuple[int, ...]

rules = st.sampled_from(["centre", "sum"])
queries = st.tuples(*[st.integers(0, 20)] * 8).filter(any)
seconds_by_label = st.fixed_dictionaries({label: st.integers(0, 15) for label in FACE_LABELS}).filter(
    lambda seconds: any(seconds.values())
)


@st.composite
def percentages(draw: st.DrawFn) -> Vector:
    """Eight whole percentages that sum to 100."""
    cuts = sorted(draw(st.lists(st.integers(0, 100), min_size=7, max_size=7)))
    return tuple(int(share) for share in np.diff([0, *cuts, 100]))


def shelf(least: int = 0) -> st.SearchStrategy[list[Vector]]:
    """Vectors of a few songs, some of them alike."""
    return st.lists(percentages(), min_size=1, max_size=4).flatmap(
        lambda kinds: st.lists(st.sampled_from(kinds) | percentages(), min_size=least, max_size=9)
    )


def squared_cosine(query: Vector, vector: Vector) -> Fraction:
    """Exactly; it ranks like the cosine, since neither has negative entries."""
    product = sum(a * b for a, b in zip(query, vector, strict=True))
    return Fraction(product**2, sum(a * a for a in query) * sum(b * b for b in vector))


def everything_playable(table: SongTable) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return np.ones(len(table.songs), dtype=np.bool_)


@given(queries, shelf(), st.data())
def test_ranking_is_that_of_exact_arithmetic_with_ties_by_row(
    query: Vector, vectors: list[Vector], data: st.DataObject
) -> None:
    playable = data.draw(st.lists(st.booleans(), min_size=len(vectors), max_size=len(vectors)))
    similarities = cosine_similarities(np.array(query, float), np.array(vectors, float).reshape(-1, 8))

    rows = [row for row, usable in enumerate(playable) if usable]
    expected = sorted(rows, key=lambda row: (-squared_cosine(query, vectors[row]), row))
    assert rank(similarities, np.array(playable, dtype=np.bool_)).tolist() == expected


@given(queries, shelf(), st.floats(1e-3, 1e3))
def test_similarity_is_the_cosine_lies_in_0_to_1_and_knows_no_scale(
    query: Vector, vectors: list[Vector], scale: float
) -> None:
    matrix = np.array(vectors, float).reshape(-1, 8)
    similarities = cosine_similarities(np.array(query, float), matrix)

    assert ((similarities >= 0) & (similarities <= 1)).all()
    assert similarities**2 == pytest.approx([float(squared_cosine(query, vector)) for vector in vectors])
    assert cosine_similarities(scale * np.array(query, float), matrix) == pytest.approx(similarities)
    assert cosine_similarities(np.array(query, float), scale * matrix) == pytest.approx(similarities)


@given(st.lists(st.tuples(*[st.floats(0, 100)] * 8).filter(lambda v: sum(v) > 1), min_size=1, max_size=20))
def test_what_points_the_same_way_is_as_similar_as_can_be_and_no_more(rows: list[tuple[float, ...]]) -> None:
    for row in rows:
        [similarity] = cosine_similarities(np.array(row), np.array([row]))
        assert 1 - 1e-9 < similarity <= 1


def test_five_songs_are_named_unless_the_settings_say_otherwise(
    make_table: MakeTable, make_observation: MakeObservation
) -> None:
    table = make_table([[100, 0, 0, 0, 0, 0, 0, 0]] * 7)
    recommendation = Recommender(table, everything_playable(table)).recommend(make_observation({"anger": 1.0}))

    assert [choice.song.id for choice in recommendation.ranked] == [1, 2, 3, 4, 5]


@given(seconds=seconds_by_label, vectors=shelf(), rule=rules, doublings=st.integers(-6, 6))
def test_looking_longer_in_the_same_way_finds_the_same_songs(
    make_table: MakeTable,
    make_observation: MakeObservation,
    seconds: dict[str, int],
    vectors: list[Vector],
    rule: QueryRule,
    doublings: int,
) -> None:
    table = make_table(vectors)
    recommender = Recommender(table, everything_playable(table), rule=rule)
    scaled = {label: value * 2.0**doublings for label, value in seconds.items()}  # exact in binary

    once = recommender.recommend(make_observation(seconds, duration=10_000.0))
    again = recommender.recommend(make_observation(scaled, duration=10_000.0))
    assert again.ranked == once.ranked


@given(seconds=seconds_by_label, vectors=shelf(), rule=rules, data=st.data())
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

    whole = Recommender(table, playable, rule=rule, top=100).recommend(observation)
    ids = [choice.song.id for choice in whole.ranked]
    assert sorted(ids) == [song.id for song, usable in zip(table.songs, playable, strict=True) if usable]
    keys = [(-round(choice.similarity, 12), choice.song.id) for choice in whole.ranked]
    assert keys == sorted(keys)

    chosen = Recommender(table, playable, rule=rule, top=top).recommend(observation, avoid=avoid)
    fresh = [song_id for song_id in ids if song_id not in avoid]
    assert [choice.song.id for choice in chosen.ranked] == (fresh or ids)[:top]
    assert chosen.query == whole.query
    assert chosen.observation is observation


@pytest.mark.parametrize("label", FACE_LABELS)
@pytest.mark.parametrize("seconds", [0.3, 4.0, 15.0])
def test_with_one_emotion_alone_centre_and_sum_point_the_same_way(
    make_observation: MakeObservation, label: str, seconds: float
) -> None:
    vocabulary = FaceVocabulary()
    observation = make_observation(dict.fromkeys(FACE_LABELS, 0.0) | {label: seconds})

    own = vocabulary.vectors([label])[0]
    assert vocabulary.centre_query(observation) == pytest.approx(own)
    assert vocabulary.sum_query(observation) == pytest.approx(seconds * own)


@given(seconds=seconds_by_label)
def test_the_sum_adds_the_vectors_of_the_labels_by_their_seconds(
    make_observation: MakeObservation, seconds: dict[str, int]
) -> None:
    vocabulary = FaceVocabulary(sigma=0.2, k=2)
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
    vocabulary = FaceVocabulary(places, sigma=0.3)
    observation = make_observation({"happiness": 9.0, "sadness": 3.0})

    # Means 0.75 × 0.8 − 0.25 × 0.4 and so on; variance p (1 − p) d² between two places, and σ² within.
    expected = song_vectors(
        [0.5],
        [0.3],
        sigma_valence=(0.75 * 0.25 * 1.2**2 + 0.3**2) ** 0.5,
        sigma_arousal=(0.75 * 0.25 * 0.8**2 + 0.3**2) ** 0.5,
    )[0]
    assert vocabulary.centre_query(observation) == pytest.approx(expected)


def test_face_vectors_lie_where_raters_put_the_emotions() -> None:
    vectors = FaceVocabulary().vectors(FACE_LABELS)
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
    vocabulary = FaceVocabulary()

    few = vocabulary.sum_query(make_observation({"sadness": 2.0, "anger": 1.0}))
    assert few == pytest.approx(vocabulary.sum_query(make_observation({"anger": 1.0, "sadness": 2.0})))


def test_a_label_without_a_place_is_refused() -> None:
    with pytest.raises(KeyError, match="boredom"):
        FaceVocabulary().vectors(["boredom"])


@pytest.mark.parametrize("rule", ["centre", "sum"])
def test_an_observation_without_seconds_has_no_nearest_song(
    make_table: MakeTable, make_observation: MakeObservation, rule: QueryRule
) -> None:
    table = make_table([[100, 0, 0, 0, 0, 0, 0, 0]])

    with pytest.raises(ValueError, match="no expression was seen"):
        Recommender(table, everything_playable(table), rule=rule).recommend(make_observation({"anger": 0.0}))


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
