from collections.abc import Callable

import numpy as np
import pytest

from device.emotion.labels import FACE_LABELS, SONG_LABELS
from device.recommendation.song_table import SongTable
from tools.library_report import content as content_module
from tools.library_report.content import gather_content
from tools.song_library.skipped import Skipped

MakeTable = Callable[..., SongTable]


def quiet(done: int, total: int) -> None:
    assert 0 < done <= total


def test_rows_of_octants_count_songs_reach_and_plays(make_table: MakeTable) -> None:
    content = gather_content(
        make_table(np.random.default_rng(3).uniform(-0.9, 0.9, (80, 2))), (), quiet, observations=60
    )
    rows = content.octant_rows
    assert [row.label for row in rows] == list(SONG_LABELS)
    assert sum(row.songs for row in rows) == 80
    assert sum(row.named for row in rows) == content.reach.named.sum()
    assert sum(row.played for row in rows) == pytest.approx(1)
    assert all(row.named <= row.songs for row in rows)


def test_every_face_emotion_is_answered_nearest_first(make_table: MakeTable) -> None:
    content = gather_content(make_table(np.random.default_rng(3).uniform(-1, 1, (40, 2))), (), quiet, observations=5)
    assert [answer.emotion for answer in content.answers] == list(FACE_LABELS)
    for answer in content.answers:
        similarities = [choice.similarity for choice in answer.ranked]
        assert len(similarities) == 5
        assert similarities == sorted(similarities, reverse=True)
    happiest = next(answer for answer in content.answers if answer.emotion == "happiness").ranked[0].song
    assert happiest.valence > 0 < happiest.arousal


@pytest.mark.parametrize("count", [0, 1])
def test_a_tiny_library_has_a_report_too(make_table: MakeTable, count: int) -> None:
    content = gather_content(make_table([(0.5, 0.2)] * count), (), quiet, observations=5)
    assert content.reach.share == count
    assert [len(answer.ranked) for answer in content.answers] == [count] * len(FACE_LABELS)
    assert content.neighbours.rows.shape == (count, 5)


def test_the_map_of_a_huge_library_shows_an_even_selection(
    make_table: MakeTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content_module, "MOST_ON_MAP", 10)
    content = gather_content(make_table(np.random.default_rng(3).uniform(-1, 1, (91, 2))), (), quiet, observations=5)
    assert content.on_map.tolist() == list(range(0, 91, 10))
    assert content.neighbours.rows.max() < 10
    assert sum(row.songs for row in content.octant_rows) == 91


def test_reasons_are_counted_the_most_frequent_first(make_table: MakeTable) -> None:
    skipped = [Skipped("a", "damaged"), Skipped("b", "empty"), Skipped("c", "empty")]
    content = gather_content(make_table([(0, 0.5)]), skipped, quiet, observations=1)
    assert content.reasons == [("empty", 2), ("damaged", 1)]
