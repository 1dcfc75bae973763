"""The songs of an evening: the source's order to the letter, rules that give way in order, and paths without leaps."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.emotion.labels import FACE_LABELS, SONG_LABELS, Place
from device.emotion.vectors import song_vectors
from device.errors import MienError
from device.observation.observation import Observation
from device.programme.goal import GOAL_LABELS, MOST_JUMP, MOST_STEP, destination, distance, next_place
from device.programme.next_song import ARTISTS, DEAREST_REST, HISTORY, JUMP, OCTANTS, RESTED, next_song
from device.programme.programme import LEAST_SECONDS, SOURCE_RULES, Programme, Step
from device.programme.taste import How, Tastes
from device.recommendation.query import EmotionQuery
from device.recommendation.ranking import POOR_SIMILARITY, cosine_similarities, rank
from device.recommendation.recommendation import Recommender
from device.recommendation.song_table import Header, Song, SongTable
from device.recommendation.wish import Wish, alike, at_place, middle_of, mood, observed
from device.settings.sections import GOALS, Goal, ProgrammeSettings, RecommendationSettings
from tests.benchmarks.evenings import draw_table, spend
from tests.device.vector_lists import Vector, vector_lists

MakeObservation = Callable[..., Observation]

SECONDS = 180.0
PLAIN = ProgrammeSettings(artists_apart=0, octants_in_turn=False, minutes=1e6)
goals = st.sampled_from(GOALS)


def song(song_id: int, place: tuple[float, float], artist: str = "", seconds: float = SECONDS) -> Song:
    (vector,) = song_vectors(place[:1], place[1:], sigma_valence=0.2, sigma_arousal=0.2)
    named = (song_id, f"{song_id}.mp3", f"Title {song_id}", artist, "", seconds, f"{song_id:064x}")
    return Song(*named, *place, tuple(vector.tolist()))


def songs_of(*songs: Song, **changes: object) -> Recommender:
    table = SongTable(Header(1.0, 0.2, 0.2, "test"), songs)
    return Recommender(table, np.ones(len(songs), dtype=np.bool_), **changes)  # type: ignore[arg-type]


def evening(programme: Programme, songs: Recommender, most: int = 1000) -> list[Step]:
    """Let every song play to its end."""
    steps: list[Step] = []
    while len(steps) < most and (step := next_song(programme, songs, seconds_in=SECONDS * len(steps))) is not None:
        steps.append(step)
        programme = programme.begun(step).ended(How.ENDED, SECONDS)
    return steps


def like(one: Song) -> Wish:
    """Ask for what is like a song, itself not before others."""
    return replace(alike(one), first_song_id=None)


def ids(steps: list[Step]) -> list[int]:
    return [step.choice.song.id for step in steps]


@given(vector_lists(1), st.tuples(*[st.integers(0, 20)] * 8).filter(any), st.data())
def test_without_rules_the_songs_follow_the_ranking_to_the_letter(
    vectors: list[Vector], query: Vector, data: st.DataObject
) -> None:
    songs = [replace(song(number, (0.0, 0.0)), vector=vector) for number, vector in enumerate(vectors, start=1)]
    recommender = songs_of(*songs)
    recommender.playable[:] = data.draw(st.lists(st.booleans(), min_size=len(songs), max_size=len(songs)))
    wish = Wish(tuple(map(float, query)), Place(0, 0), "")
    whole = rank(
        cosine_similarities(wish.query, recommender.table.index.quantised_vectors), recommender.playable.copy()
    )
    steps = evening(Programme(wish, PLAIN), recommender, len(whole))

    assert ids(steps) == (1 + whole).tolist()
    assert not any(step.gave_way for step in steps)


@given(st.lists(st.floats(0, 1), min_size=8, max_size=8).filter(lambda shares: sum(shares) > 0.1), st.integers(0, 99))
def test_the_source_plays_the_first_of_its_five_and_a_press_goes_through_them(
    make_observation: MakeObservation, shares: list[float], seed: int
) -> None:
    recommender = replace(
        songs_of(*draw_table(np.random.default_rng(seed)).songs[:60]),
        settings=RecommendationSettings(query="sum", songs_per_artist=0),
    )
    seen = make_observation(dict(zip(FACE_LABELS, shares, strict=True)))
    wish = observed(seen, EmotionQuery(settings=recommender.settings))
    programme, skipped = Programme(wish, SOURCE_RULES), list[int]()
    while (step := next_song(programme, recommender, seconds_in=0.0)) is not None:
        skipped.append(step.choice.song.id)
        assert step.fade_after_seconds is None
        programme = programme.begun(step).ended(How.SKIPPED, 5.0)

    assert skipped == [choice.song.id for choice in recommender.recommend(seen).ranked]
    assert len(evening(Programme(wish, SOURCE_RULES), recommender)) == 1


@pytest.mark.parametrize("seed", range(25))
def test_an_evening_ends_and_keeps_its_rules_whatever_the_hand_does(seed: int) -> None:
    assert spend(seed).ended_by


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ((), [1, 2, 3, 1, 2, 3]),
        ((1,), [2, 3, 1, 2, 3, 1]),
        ((3, 2, 1), [1, 2, 3, 1, 2, 3]),  # nothing is left: what was played longest ago
        ((1, 2, 3), [3, 2, 1, 3, 2, 1]),
        ((99, 98), [1, 2, 3, 1, 2, 3]),  # of another library
    ],
)
def test_a_song_comes_again_only_when_nothing_else_is_left(history: tuple[int, ...], expected: list[int]) -> None:
    songs = songs_of(*(song(number, (0.5, 0.2 + number / 50)) for number in (1, 2, 3)))
    steps = evening(Programme(like(songs.table.songs[0]), PLAIN, history), songs, 6)
    assert ids(steps) == expected
    fresh = 3 - len({1, 2, 3} & set(history))
    assert [HISTORY in step.gave_way for step in steps] == [number >= fresh for number in range(6)]


def many_evenings(wish: Wish, songs: Recommender, *, evenings: int, each: int) -> list[list[Step]]:
    """Spend evenings of so many songs one after the other, each knowing what the ones before have played."""
    known: tuple[int, ...] = ()
    spent = []
    for _ in range(evenings):
        spent.append(evening(Programme(wish, PLAIN, known), songs, each))
        known = tuple(dict.fromkeys((*reversed(ids(spent[-1])), *known)))[:40]
    return spent


@pytest.mark.parametrize(("near", "far"), [(2, 8), (3, 7), (5, 13), (8, 10)])
@pytest.mark.parametrize("each", [1, 3, 12])
def test_a_small_library_keeps_its_mood_however_often_it_is_asked_for(near: int, far: int, each: int) -> None:
    happy = [song(n, (0.5 + n / 100, 0.2)) for n in range(near)]
    sad = [song(near + n, (-0.5, -0.2 - n / 100)) for n in range(far)]
    spent = many_evenings(mood("happy", EmotionQuery()), songs_of(*happy, *sad), evenings=14, each=each)
    for steps in spent:
        assert steps[0].choice.similarity >= POOR_SIMILARITY
        assert set(ids(steps)[: near - 1]) <= set(range(near))
        assert len(set(ids(steps))) == min(each, near + far)
    assert {song_id for steps in spent for song_id in ids(steps)} >= set(range(near))  # each of them has its turn


def test_an_only_song_of_a_mood_does_not_play_twice_in_a_row() -> None:
    songs = songs_of(song(0, (0.5, 0.2)), *(song(n, (-0.5, -0.2 - n / 100)) for n in range(1, 9)))
    spent = many_evenings(mood("happy", EmotionQuery()), songs, evenings=8, each=1)
    assert [ids(steps)[0] == 0 for steps in spent] == [True, False] * 4


@given(seed=st.integers(0, 10_000), known=st.integers(0, 40))
def test_a_song_of_the_last_sessions_costs_no_more_than_is_told(seed: int, known: int) -> None:
    random = np.random.default_rng(seed)
    songs = songs_of(*(song(n, tuple(place)) for n, place in enumerate(random.uniform(-0.7, 0.7, (18, 2)).tolist())))
    history = tuple(dict.fromkeys(random.integers(0, 18, known).tolist()))
    wish = at_place(Place(*random.uniform(-0.7, 0.7, 2)), EmotionQuery())
    (step,) = evening(Programme(wish, PLAIN, history), songs, 1)
    near = dict(enumerate(cosine_similarities(wish.query, songs.table.index.quantised_vectors).tolist()))
    fresh = [near[n] for n in near if n not in history]
    rested = [near[n] for n in history[1:]]
    least = min(POOR_SIMILARITY, max(rested, default=0.0) - DEAREST_REST)
    if step.choice.song.id not in history:
        assert RESTED not in step.gave_way
        assert step.choice.similarity == pytest.approx(max(fresh))
        assert step.choice.similarity >= least
    elif fresh:
        assert step.gave_way == (RESTED,)
        assert max(fresh) < least <= step.choice.similarity
        nearer_and_rested_longer = [n for n in history[history.index(step.choice.song.id) + 1 :] if near[n] >= least]
        assert len(nearer_and_rested_longer) <= len(rested) // 4
    if history and len(near) > 1 and len(history) > 1:
        assert step.choice.song.id != history[0]


def test_a_song_comes_again_on_the_way_before_a_leap() -> None:
    songs = songs_of(song(0, (-0.6, 0.0)), song(1, (-0.3, 0.05)), song(2, (0.5, 0.2)))
    programme = Programme(at_place(Place(-0.6, 0.0), EmotionQuery()), ProgrammeSettings(goal="lift"), (9, 1))
    steps = evening(programme, songs, 2)
    assert ids(steps) == [0, 1]
    assert steps[1].gave_way == (RESTED,)


def test_artists_stay_apart_as_long_as_there_are_others() -> None:
    artists = ["Ana"] * 5 + ["Bo", "Bo", ""]
    songs = songs_of(*(song(n, (0.5, 0.2 + n / 100), artist) for n, artist in enumerate(artists)))
    steps = evening(Programme(like(songs.table.songs[0])), songs, 8)

    assert [step.choice.song.artist or "-" for step in steps] == ["Ana", "Bo", "-", "Ana", "Bo", "Ana", "Ana", "Ana"]
    assert [ARTISTS in step.gave_way for step in steps] == [False] * 3 + [True] * 5


def test_an_octant_is_jumped_only_when_none_is_left_beside_it() -> None:
    content, tired = (0.4, -0.15), (-0.15, -0.4)  # on both sides of calm
    songs = songs_of(*(song(n, content) for n in (1, 2)), *(song(n, tired) for n in (3, 4)), song(5, (0.1, 0.9)))
    wish = replace(at_place(Place(0.12, -0.12), EmotionQuery()), first_song_id=1)
    steps = evening(Programme(wish), songs, 4)

    assert ids(steps)[:2] == [1, 2]
    assert [OCTANTS in step.gave_way for step in steps] == [False, False, True, False]
    assert ids(evening(Programme(wish, PLAIN), songs, 5))[0] == 1


def test_a_song_beside_is_found_behind_many_nearer_ones() -> None:
    between, content, tired = (-0.02, -0.4), (0.5, -0.2), (-0.1, -0.4)
    songs = songs_of(song(0, content), *(song(n, tired) for n in range(1, 90)), song(90, (0.5, -0.6)))
    wish = replace(at_place(Place(*between), EmotionQuery()), first_song_id=0)
    steps = evening(Programme(wish), songs, 3)
    assert ids(steps) == [0, 90, 1]
    assert not any(step.gave_way for step in steps)
    assert steps[1].choice.similarity < steps[2].choice.similarity


@given(goal=goals, seed=st.integers(0, 200), path_songs=st.integers(1, 8))
def test_a_path_begins_at_the_face_and_leaps_only_over_gaps(goal: Goal, seed: int, path_songs: int) -> None:
    random = np.random.default_rng(seed)
    places = [tuple(place) for place in random.uniform(-0.7, 0.7, (int(random.integers(2, 80)), 2)).tolist()]
    songs = songs_of(*(song(n, place) for n, place in enumerate(places)))
    start = Place(*random.uniform(-0.7, 0.7, 2))
    wish = at_place(start, EmotionQuery())
    end = destination(goal, start)
    steps = evening(Programme(wish, ProgrammeSettings(goal=goal, path_songs=path_songs)), songs, 12)

    assert steps[0] == evening(Programme(wish), songs, 1)[0]
    if goal == "match":
        return
    for number, (last, step) in enumerate(pairwise(steps), start=1):
        if HISTORY in step.gave_way:
            break
        left = [n for n in range(len(places)) if n not in ids(steps[:number])]
        between = [
            n
            for n in left
            if distance(last.place, Place(*places[n])) <= MOST_JUMP
            and distance(Place(*places[n]), end) < distance(last.place, end)
        ]
        jump = distance(last.place, step.place)
        assert not between or jump <= MOST_JUMP
        assert not between or distance(last.place, end) <= 0.2 or distance(step.place, end) < distance(last.place, end)
        assert (jump > MOST_JUMP) == (JUMP in step.gave_way)


@given(
    st.tuples(*[st.floats(-1, 1)] * 4),
    st.integers(1, 9),
)
def test_steps_are_even_and_arrive(corners: tuple[float, float, float, float], steps: int) -> None:
    last, end = Place(*corners[:2]), Place(*corners[2:])
    even = min(distance(last, end) / steps, MOST_STEP)
    places = [last]
    for number in range(200):
        places.append(next_place(places[-1], end, steps_left=max(steps - number, 1)))
        if distance(places[-1], end) < 1e-9:
            break
    lengths = [distance(one, other) for one, other in pairwise(places)]
    assert distance(places[-1], end) < 1e-9
    assert lengths[0] == pytest.approx(even, abs=1e-9)
    assert max(lengths) <= MOST_STEP + 1e-9
    if distance(last, end) / steps <= MOST_STEP:
        assert len(lengths) <= steps
        assert lengths == pytest.approx([even] * len(lengths), abs=1e-6)


@pytest.mark.parametrize("goal", GOAL_LABELS)
def test_a_face_that_is_there_already_stays(goal: Goal) -> None:
    label = GOAL_LABELS[goal]
    there = Place(1.5 * middle_of(label).valence, 1.5 * middle_of(label).arousal)
    assert destination(goal, there) == there
    assert destination(goal, Place(-0.6, 0.3)) == middle_of(label)
    assert destination("match", there) == there


def test_a_skipped_song_is_no_step_of_the_path() -> None:
    songs = songs_of(*(song(n, (-0.6 + n / 50, -0.3 + n / 100)) for n in range(60)))
    programme = Programme(at_place(Place(-0.6, -0.3), EmotionQuery()), ProgrammeSettings(goal="lift"))
    first = next_song(programme, songs, seconds_in=0.0)
    assert first is not None
    programme = programme.begun(first).ended(How.ENDED, SECONDS)
    second = next_song(programme, songs, seconds_in=SECONDS)
    assert second is not None
    programme = programme.begun(second).ended(How.SKIPPED, 4.0)
    instead = next_song(programme, songs, seconds_in=SECONDS + 4)
    assert instead is not None
    assert instead.choice.song != second.choice.song
    assert instead.sought == second.sought
    assert "song 2 of 5" in instead.sought.words


@pytest.mark.parametrize("song_seconds", [0.0, 170.0, 500.0])
def test_the_time_ends_in_a_fade_or_before_a_song_that_would_hardly_be_heard(song_seconds: float) -> None:
    songs = songs_of(*(song(n, (0.5, 0.2), seconds=song_seconds) for n in range(100)))
    programme = Programme(mood("happy", EmotionQuery()), ProgrammeSettings(minutes=10))
    clock = 0.0
    while (step := next_song(programme, songs, seconds_in=clock)) is not None:
        heard = song_seconds or 130.0
        if step.fade_after_seconds is not None:
            assert step.fade_after_seconds == 600 - clock
            heard = min(heard, step.fade_after_seconds)
        else:
            assert 0 < song_seconds <= 600 - clock
        programme = programme.begun(step).ended(How.ENDED, heard)
        clock += heard
    assert 600 - LEAST_SECONDS < clock <= 600
    assert next_song(Programme(programme.wish, programme.rules), songs, seconds_in=900.0) is not None  # one always


def test_a_file_that_is_gone_is_passed_over_and_struck_off() -> None:
    songs = songs_of(*(song(n, (0.5, 0.2)) for n in range(4)), present=lambda path: path == "2.mp3")
    steps = evening(Programme(mood("happy", EmotionQuery())), songs, 2)
    assert ids(steps) == [2, 2]
    assert songs.playable.tolist() == [False, False, True, False]
    empty = songs_of(*(song(n, (0.5, 0.2)) for n in range(4)), present=lambda _path: False)
    assert next_song(Programme(mood("happy", EmotionQuery())), empty, seconds_in=0.0) is None


def test_one_song_plays_at_a_time() -> None:
    songs = songs_of(song(1, (0.5, 0.2)), song(2, (0.5, 0.2)))
    programme = Programme(mood("happy", EmotionQuery()))
    step = next_song(programme, songs, seconds_in=0.0)
    assert step is not None
    with pytest.raises(ValueError, match="no song plays"):
        programme.ended(How.ENDED, 1.0)
    with pytest.raises(ValueError, match="Title 1 plays already"):
        programme.begun(step).begun(step)


def test_a_song_asked_for_comes_first_and_then_those_like_it() -> None:
    songs = songs_of(*(song(n, (-0.5, 0.1 + n / 20)) for n in range(6)))
    asked = songs.table.songs[3]
    steps = evening(Programme(alike(asked), history=(3,)), songs, 3)
    assert ids(steps)[0] == 3
    assert set(ids(steps)[1:]) == {2, 4}
    songs.playable[3] = False
    assert 3 not in ids(evening(Programme(alike(asked)), songs, 3))


def test_what_was_learnt_moves_songs_by_the_bonus_and_only_for_that_part() -> None:
    songs = songs_of(*(song(n, (0.5, 0.2)) for n in range(3)), song(3, (0.5, 0.21)), song(4, (-0.5, -0.2)))
    happy, tired = mood("happy", EmotionQuery()), mood("depressed", EmotionQuery())
    tastes = Tastes()
    for _ in range(5):
        tastes = tastes.heard(songs.table.songs[0], "happy", How.SKIPPED, 3.0)
        tastes = tastes.heard(songs.table.songs[2], "happy", How.ENDED, 180.0)
        tastes = tastes.heard(songs.table.songs[0], "depressed", How.ENDED, 180.0)

    def first(wish: Wish, known: Tastes, rules: ProgrammeSettings = PLAIN) -> Step:
        step = next_song(Programme(wish, rules), songs, seconds_in=0.0, tastes=known)
        assert step is not None
        return step

    assert first(happy, Tastes()).choice.song.id == 0
    assert first(happy, tastes).choice.song.id == 1  # of an evening, where the end of a song lifts none
    assert first(happy, tastes, replace(PLAIN, after_song="stop")).choice.song.id == 2
    assert first(tired, tastes).choice.song.id == 4  # no bonus makes a happy song a sad one
    assert first(happy, tastes).choice.similarity == first(happy, Tastes()).choice.similarity  # told as it is
    others = replace(
        songs, table=SongTable(songs.table.header, [replace(s, content_hash="x") for s in songs.table.songs])
    )
    assert (step := next_song(Programme(happy, PLAIN), others, seconds_in=0.0, tastes=tastes)) is not None
    assert step.choice.song.id == 0  # other songs have these ids now


@pytest.mark.parametrize("label", SONG_LABELS)
def test_a_mood_has_the_place_in_the_middle_of_its_octant(label: str) -> None:
    wish = mood(label.upper(), EmotionQuery())
    assert wish.octant == label
    assert distance(wish.place, Place(0, 0)) == pytest.approx(0.5)
    nearest, second, *_ = sorted(distance(wish.place, middle_of(other)) for other in SONG_LABELS if other != label)
    assert nearest == pytest.approx(second)  # as far from the one as from the other


def test_a_face_is_asked_for_as_the_box_asks_and_nothing_is_no_wish(make_observation: MakeObservation) -> None:
    seen = make_observation({"happiness": 6.0, "neutral": 2.0})
    wish = observed(seen, EmotionQuery())
    assert wish.query == pytest.approx(EmotionQuery().of(seen))
    assert (wish.place.valence, wish.place.arousal) == pytest.approx((0.6075, 0.3075))
    assert wish.words == "6.0 s happiness, 2.0 s neutral"
    assert mood("happiness", EmotionQuery()).query == pytest.approx(EmotionQuery().vectors(["happiness"])[0])
    with pytest.raises(ValueError, match="no expression was seen"):
        observed(make_observation({"happiness": 0.0}), EmotionQuery())
    with pytest.raises(ValueError, match="no direction"):
        Wish((0.0,) * 8, Place(0, 0), "")


def test_a_word_that_is_no_mood_gets_a_suggestion() -> None:
    with pytest.raises(MienError, match="unknown emotion 'clam'; did you mean 'calm'"):
        mood("clam", EmotionQuery())
