from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.emotion.labels import FACE_LABELS, SONG_LABELS, Place
from device.emotion.vectors import song_vectors
from device.observation.observation import Observation
from device.programme.next_song import next_song
from device.programme.programme import Programme
from device.programme.taste import How
from device.recommendation.recommendation import Recommender
from device.recommendation.song_table import Header, Song, SongTable
from device.settings.sections import ProgrammeSettings
from tools.errors import PlaylistError
from tools.song_library.playlist import Playlist, choose, emotion_wish, like_wish, m3u8, place_wish, shuffled

LACKING = "no song that can come is near what was asked for: the best similarity is 0.33, a poor match"
HEADER = Header(1, 0.3, 0.3, "model-1")


def song(number: int, place: tuple[float, float] = (0.2, -0.6), seconds: float = 60.0, path: str = "") -> Song:
    (vector,) = song_vectors([place[0]], [place[1]], sigma_valence=0.2, sigma_arousal=0.2)
    named = path or f"{number}.mp3"
    return Song(number, named, f"T{number}", "Ana", "", seconds, f"{number:064x}", *place, tuple(vector.tolist()))


def table(*songs: Song) -> SongTable:
    return SongTable(HEADER, songs)


def paths_in(text: str) -> list[str]:
    return [line.removeprefix("./") for line in text.split("\n") if line and not line.startswith("#")]


@pytest.mark.parametrize("label", SONG_LABELS)
def test_a_song_label_asks_for_that_label_alone(label: str) -> None:
    assert list(emotion_wish(label.upper()).vector) == [100.0 if other == label else 0.0 for other in SONG_LABELS]


@pytest.mark.parametrize("label", FACE_LABELS)
def test_a_face_label_gives_what_the_box_would_rank(label: str) -> None:
    random = np.random.default_rng(1)
    songs = table(*(song(n, tuple(random.uniform(-1, 1, 2))) for n in range(1, 40)))
    seconds = tuple(15.0 if other == label else 0.0 for other in FACE_LABELS)
    observed = Observation(FACE_LABELS, seconds, 15.0, frames=150, frames_with_face=150, frames_per_second=10.0)
    box = Recommender(songs, np.ones(len(songs.songs), dtype=np.bool_)).recommend(observed)
    plain = ProgrammeSettings(artists_apart=0, octants_in_turn=False)
    chosen = choose(songs, emotion_wish(label), seconds=5 * 60, rules=plain).songs
    assert [entry.id for entry in chosen] == [entry.song.id for entry in box.ranked if entry.similarity > 0]


@pytest.mark.parametrize(("word", "near"), [("clam", "calm"), ("hapy", "happy"), ("Sadnes", "sadness")])
def test_an_unknown_emotion_gets_a_suggestion(word: str, near: str) -> None:
    with pytest.raises(PlaylistError, match=f"{word}.*did you mean '{near}'") as caught:
        emotion_wish(word)
    assert all(label in caught.value.mend for label in (*SONG_LABELS, *FACE_LABELS))
    with pytest.raises(PlaylistError) as caught:
        emotion_wish("xyzzy")
    assert caught.value.what == "unknown emotion 'xyzzy'"


def test_songs_come_by_similarity_with_ties_by_id() -> None:
    calm, near, angry = (0.2, -0.6), (0.5, -0.6), (-0.6, 0.6)
    songs = table(song(1, angry), song(2, near), song(3, calm), song(4, calm))
    assert [entry.id for entry in choose(songs, place_wish(Place(*calm)), seconds=10_000).songs] == [3, 4, 2]


def test_a_list_like_a_song_begins_with_it_and_one_with_a_goal_leads_there() -> None:
    random = np.random.default_rng(3)
    songs = table(*(song(n, tuple(random.uniform(-0.7, 0.7, 2))) for n in range(1, 80)))
    liked = choose(songs, like_wish("t17", songs), seconds=300).songs
    assert liked[0].id == 17
    with pytest.raises(PlaylistError, match="no song is called 'x'"):
        like_wish("x", songs)
    lifted = choose(songs, emotion_wish("depressed"), seconds=600, rules=ProgrammeSettings(goal="lift")).songs
    assert lifted[0] == choose(songs, emotion_wish("depressed"), seconds=60).songs[0]
    assert lifted[-1].valence > 0.2 > lifted[0].valence
    box = Programme(emotion_wish("depressed"), ProgrammeSettings(goal="lift"))
    ids, recommender = [], Recommender(songs, np.ones(len(songs.songs), dtype=np.bool_))
    while len(ids) < len(lifted) and (step := next_song(box, recommender, seconds_in=0.0)):
        ids.append(step.choice.song.id)
        box = box.begun(step).ended(How.ENDED, 60.0)
    assert [entry.id for entry in lifted] == ids


@given(
    lengths=st.lists(st.floats(0, 900), min_size=1, max_size=20),
    seconds=st.floats(1, 4000),
)
def test_the_whole_is_as_near_to_the_wish_as_the_order_of_similarity_allows(
    lengths: list[float], seconds: float
) -> None:
    songs = table(*(song(number, seconds=length) for number, length in enumerate(lengths, start=1)))
    chosen = choose(songs, emotion_wish("calm"), seconds=seconds)
    count = len(chosen.songs)
    assert [entry.id for entry in chosen.songs] == list(range(1, count + 1))
    totals = np.cumsum(lengths)
    assert abs(chosen.seconds - seconds) <= np.abs(totals - seconds).min() + 1e-6
    assert chosen.seconds - chosen.songs[-1].seconds < seconds  # at most one song crosses the mark


def test_songs_that_are_missing_or_have_a_line_break_in_their_path_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "1.mp3").touch()
    (tmp_path / "a\nb.mp3").touch()
    songs = table(song(1), song(2), song(3, path="a\nb.mp3"))
    chosen = choose(songs, emotion_wish("calm"), seconds=999, music=tmp_path)
    assert (chosen.songs, chosen.missing, chosen.unnameable) == ((songs.songs[0],), 1, 1)
    assert "1 song, 1.0 minutes; 1 left out: their files are missing; 1 left out: a list" in chosen.summary


@pytest.mark.parametrize(
    ("similarities", "told"),
    [
        ((0.9, 0.6), "2 songs, 2.0 minutes"),
        ((0.9, 0.598), "2 songs, 2.0 minutes"),  # shown as 0.60
        ((0.9, 0.59), "2 songs, 2.0 minutes; 1 of them is a poor match, below a similarity of 0.60"),
        ((0.33, 0.1), f"2 songs, 2.0 minutes; {LACKING}"),
    ],
)
def test_a_list_of_what_is_not_near_says_so(similarities: tuple[float, float], told: str) -> None:
    assert Playlist((song(1), song(2)), similarities=similarities).summary == told


def test_nothing_to_choose_from_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PlaylistError, match="holds no songs"):
        choose(table(), emotion_wish("calm"), seconds=60)
    with pytest.raises(PlaylistError, match="none of the 1 songs"):
        choose(table(song(1)), emotion_wish("calm"), seconds=60, music=tmp_path)
    with pytest.raises(PlaylistError, match="none of the 1 songs"):
        choose(table(song(1, (-0.5, 0.5))), emotion_wish("calm"), seconds=60)


def test_a_shuffle_keeps_the_songs_and_a_seed_decides_the_order() -> None:
    songs = tuple(song(number) for number in range(1, 30))
    assert shuffled(songs, 7) == shuffled(songs, 7) != songs
    assert shuffled(songs, 8) != shuffled(songs, 7)
    assert set(shuffled(songs, 7)) == set(songs)


def test_the_list_is_an_extended_m3u() -> None:
    first = song(1, path="Año/ü.mp3", seconds=212.6)
    second = Song(2, "x.mp3", "Two\nlines", "", "", 0.0, "", 0.2, -0.6, first.vector)
    assert m3u8([first, second]) == "#EXTM3U\n#EXTINF:213,Ana - T1\nAño/ü.mp3\n#EXTINF:-1,Two lines\nx.mp3\n"
    assert m3u8([first], music=Path("/music")).split("\n")[2] == "/music/Año/ü.mp3"


@pytest.mark.parametrize("path", ["#1 hit.mp3", " song.mp3", "\ufeffsong.mp3", "http:/x.mp3", "C:x.mp3"])
def test_a_path_that_would_be_misread_begins_with_a_dot(path: str) -> None:
    assert m3u8([song(1, path=path)]).split("\n")[2] == f"./{path}"


PATHS = (
    st.text(st.characters(exclude_characters="\n\r\0", exclude_categories=["Cs"]), min_size=1)
    .map(lambda text: text.strip("/"))
    .filter(lambda text: text and ".." not in text.split("/") and "." not in text.split("/") and "//" not in text)
)


@given(paths=st.lists(PATHS, min_size=1, max_size=5))
def test_paths_survive_the_way_through_the_list(paths: list[str]) -> None:
    songs = [song(number, path=path) for number, path in enumerate(paths, start=1)]
    assert paths_in(m3u8(songs)) == paths
    absolute = paths_in(m3u8(songs, music=Path("/my music")))
    assert [Path(path).relative_to("/my music").as_posix() for path in absolute] == paths
