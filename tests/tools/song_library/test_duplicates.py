from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tools.song_library.duplicates import Copies, copies_among, duplicates_line, left_out
from tools.song_library.skipped import Skipped


def test_the_path_of_fewest_folders_then_the_shortest_then_the_first_is_kept() -> None:
    hashes = {"x/a.mp3": "1", "a long name.mp3": "1", "b.mp3": "2", "b (1).mp3": "2", "d.mp3": "3", "c.mp3": "3"}
    assert copies_among(hashes | {"alone.mp3": "4"}) == (
        Copies("a long name.mp3", ("x/a.mp3",)),
        Copies("b.mp3", ("b (1).mp3",)),
        Copies("c.mp3", ("d.mp3",)),
    )


def test_a_report_says_how_many_and_of_what() -> None:
    copies = copies_among({"a.mp3": "1", "bb.mp3": "1", "ccc.mp3": "1", "d.mp3": "2"})
    assert duplicates_line(copies) == "2 files hold the same sound as another one (1 song)"
    assert left_out(copies) == (
        Skipped("bb.mp3", "the same sound as a.mp3"),
        Skipped("ccc.mp3", "the same sound as a.mp3"),
    )
    assert duplicates_line(copies_among({"a": "1", "b": "1"})) == "1 file holds the same sound as another one (1 song)"
    assert duplicates_line(()) == ""


@given(hashes=st.dictionaries(st.text("ab/", min_size=1), st.sampled_from("123")), order=st.randoms())
def test_each_recording_is_kept_once_whatever_the_order(hashes: dict[str, str], order: Random) -> None:
    copies = copies_among(hashes)
    out = {entry.path for entry in left_out(copies)}
    kept = hashes.keys() - out
    assert sorted(hashes[path] for path in kept) == sorted(set(hashes.values()))
    shuffled = list(hashes.items())
    order.shuffle(shuffled)
    assert copies_among(dict(shuffled)) == copies
