from collections.abc import Callable

import numpy as np
import pytest

from device.emotion.labels import FACE_LABELS, FACE_PLACES, SONG_LABELS
from device.emotion.vectors import octant_of, song_vectors
from device.recommendation.query import EmotionQuery
from device.recommendation.ranking import POOR_SIMILARITY, cosine_similarities
from device.recommendation.song_table import SongTable
from device.settings.sections import Settings
from tools.library_report.moods import answers_of, listed, missing_moods, moods_lines, octants_of

MakeTable = Callable[..., SongTable]
USUAL_SIGMAS = {"sigma_valence": 0.3134, "sigma_arousal": 0.2971}
MIDDLES = np.deg2rad(157.5 - 45 * np.arange(8))


def test_every_song_lies_in_its_octant(make_table: MakeTable) -> None:
    edges = [(0, 0), (1, 1), (-1, 1), (0.5, 0), (0, -0.5), (-1, -1), (-0.4, 0.4)]
    table = make_table([*np.random.default_rng(2).uniform(-1, 1, (60, 2)), *edges])
    expected = [octant_of(song.valence, song.arousal) for song in table.songs]
    assert [SONG_LABELS[octant] for octant in octants_of(table)] == expected


def test_a_library_of_all_moods_has_nothing_to_be_told(make_table: MakeTable) -> None:
    assert moods_lines(make_table(np.column_stack([0.5 * np.cos(MIDDLES), 0.5 * np.sin(MIDDLES)]))) == []


def test_a_sad_library_names_what_it_lacks_and_what_a_happy_face_gets(make_table: MakeTable) -> None:
    table = make_table([(-0.5, -0.2), (-0.3, -0.3), (-0.6, 0.3), (-0.2, 0.6), (-0.1, -0.5), (0.05, -0.5)])
    first, because, *faces, mend = moods_lines(table)
    assert first == "To the model no song here sounds excited, happy or content."
    assert "poor match (below 0.60)" in because
    poor = {line.split(":")[0].strip(): line for line in faces}
    assert {"happiness", "surprise"} <= poor.keys()
    assert "sadness" not in poor
    by_box = next(answer for answer in answers_of(table, Settings()) if answer.emotion == "happiness").ranked[0]
    assert f"{by_box.song.name}, similarity {by_box.similarity:.2f}" in poor["happiness"]
    assert "mien-tools report" in mend


def test_a_mood_may_lack_and_every_face_be_well_answered(make_table: MakeTable) -> None:
    places = [(place.valence, place.arousal) for place in FACE_PLACES.values()]
    first, second = moods_lines(make_table(places))
    assert "content" in first
    assert second == "Every face finds a song near it all the same."


def test_a_library_without_songs_lacks_everything_and_answers_nothing(make_table: MakeTable) -> None:
    table = make_table([])
    assert missing_moods(octants_of(table)) == list(SONG_LABELS)
    assert not any(answer.poor for answer in answers_of(table, Settings()))


@pytest.mark.parametrize("radius", [0.25, 0.4, 0.6])
def test_a_poor_match_lies_in_another_mood(radius: float) -> None:
    middles = song_vectors(radius * np.cos(MIDDLES), radius * np.sin(MIDDLES), **USUAL_SIGMAS)
    for label in FACE_LABELS:
        similarities = cosine_similarities(EmotionQuery().vectors([label])[0], middles)
        place = FACE_PLACES[label]
        own = SONG_LABELS.index(octant_of(place.valence, place.arousal))
        assert similarities[own] > 0.75 > POOR_SIMILARITY
        away = [number for number in range(8) if min((number - own) % 8, (own - number) % 8) > 1]
        assert similarities[away].max() < POOR_SIMILARITY


@pytest.mark.parametrize(("words", "told"), [(["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a, b or c")])
def test_words_are_joined_as_a_sentence_does(words: list[str], told: str) -> None:
    assert listed(words, "or") == told
