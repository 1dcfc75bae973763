"""Why this song: terms that make the cosine, and a drawing of them that fits a terminal."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.emotion.labels import SONG_LABELS
from device.observation.observation import Observation
from device.recommendation.recommendation import RankedSong, Recommendation
from device.recommendation.song_table import Song
from device.status.status import describe_recommendation
from device.status.terminal_text import columns_of
from device.status.why_this_song import reason_document, reason_lines

shares = st.lists(st.integers(0, 100), min_size=8, max_size=8).filter(any)
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


def percent(parts: Sequence[float]) -> tuple[float, ...]:
    return tuple(100 * part / sum(parts) for part in parts)


def cosine(left: Sequence[float], right: Sequence[float]) -> float:
    product = sum(a * b for a, b in zip(left, right, strict=True))
    return float(product / (sum(a * a for a in left) * sum(b * b for b in right)) ** 0.5)


@pytest.fixture(scope="session")
def described(make_song: Callable[..., Song], make_observation: Callable[..., Observation]) -> Callable[..., Any]:
    """Build what status says of a recommendation of songs that all have one vector."""

    def build(
        query: Sequence[float], vector: Sequence[float], *, songs: int = 2, position: int = 0, **tags: str
    ) -> Any:
        song = make_song(7, vector=tuple(vector), **tags)
        ranked = (RankedSong(song, cosine(query, vector)),) * songs
        observation = make_observation({"happiness": 9.84, "surprise": 4.1})
        return describe_recommendation(Recommendation(observation, tuple(query), ranked), position)

    return build


@given(query=shares, parts=shares, scale=st.floats(0.01, 15))
def test_the_terms_sum_to_the_similarity_whatever_the_querys_length(
    described: Callable[..., Any], query: list[int], parts: list[int], scale: float
) -> None:
    document = reason_document(described([scale * share for share in query], percent(parts)), 0)

    assert sum(document["terms"].values()) == pytest.approx(document["similarity"], abs=2e-3)
    assert min(document["terms"].values()) >= 0
    assert sum(document["face"].values()) == pytest.approx(100, abs=0.2)
    assert list(document["terms"]) == list(SONG_LABELS)


@given(query=shares, parts=shares, title=names, artist=names)
def test_a_drawing_fits_a_terminal_and_holds_no_control_characters(
    described: Callable[..., Any], query: list[int], parts: list[int], title: str, artist: str
) -> None:
    document = reason_document(described(percent(query), percent(parts), title=title, artist=artist), 0)
    lines = reason_lines(document)

    assert max(map(columns_of, lines)) <= 80
    assert len(lines) <= 23
    assert all(line.isprintable() for line in lines)


def test_every_figure_has_its_bar(described: Callable[..., Any]) -> None:
    face, song = percent([0, 0, 1, 3, 0, 0, 0, 0]), percent([0, 0, 0, 1, 1, 0, 0, 0])
    lines = reason_lines(reason_document(described(face, song, title="Joy", artist="Nina"), 0))

    assert lines == [
        "Joy — Nina",
        "number 1 of 2, similarity 0.67",
        "because: 9.8 s happiness, 4.1 s surprise → Joy — Nina, similarity 0.67",
        "",
        "           the face asks          the song has           part of 0.67",
        "frustrated   0.0 %                  0.0 %                 0.00",
        "tense        0.0 %                  0.0 %                 0.00",
        "excited     25.0 % ███▌             0.0 %                 0.00",
        "happy       75.0 % ██████████▌     50.0 % ███████         0.67   █████████▍",
        "content      0.0 %                 50.0 % ███████         0.00",
        "calm         0.0 %                  0.0 %                 0.00",
        "tired        0.0 %                  0.0 %                 0.00",
        "depressed    0.0 %                  0.0 %                 0.00",
        "",
        "A part is large where the face asks for much of what the song has much of.",
    ]


def test_only_the_song_that_plays_has_a_reason_in_words(described: Callable[..., Any]) -> None:
    recommendation = described(percent([1] * 8), percent([1] * 8), songs=3, position=1)

    assert [bool(reason_document(recommendation, place)["reason"]) for place in range(3)] == [False, True, False]
    assert not any("because" in line for line in reason_lines(reason_document(recommendation, 2)))


def test_a_rank_that_is_not_there_is_refused(described: Callable[..., Any]) -> None:
    with pytest.raises(IndexError):
        reason_document(described(percent([1] * 8), percent([1] * 8)), 2)
