"""What a box answers to an offer: what it lacks, and what stands in the way; nothing moves."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.errors import ReleaseError
from device.releases import push_plan, push_protocol
from device.releases.journal import BootRecord, write_boot_record
from device.releases.manifest import MANIFEST, read_manifest, write_manifest
from device.releases.push_plan import plan
from device.releases.push_protocol import (
    Obstacle,
    Plan,
    Presence,
    PushOffer,
    ReleasePlan,
    SongFile,
    SongPlan,
    read_offer,
    read_plan,
    take_offer,
)
from device.releases.pushed_songs import note_songs
from device.releases.store import ReleaseStore

MODELS = Path(__file__).parents[3] / "models"

Write = Callable[..., Path]


def offer_of(folder: Path, **values: object) -> PushOffer:
    return PushOffer(manifest=(folder / MANIFEST).read_text(), **values)  # type: ignore[arg-type]


def whats(answer: Plan) -> str:
    return "; ".join(obstacle.what for obstacle in answer.obstacles)


@pytest.fixture
def music(tmp_path: Path) -> Path:
    (tmp_path / "music" / "a").mkdir(parents=True)
    for name in ("a/one.ogg", "two.ogg"):
        (tmp_path / "music" / name).write_bytes(b"sound")
        os.utime(tmp_path / "music" / name, (1000, 1000))
    return tmp_path / "music"


@pytest.fixture
def offered(tmp_path: Path, write_release: Write) -> Path:
    """Release 2, on the workstation."""
    return write_release(tmp_path / "workstation" / "2")


@pytest.fixture
def box(store: ReleaseStore, stored: Write) -> ReleaseStore:
    """A box on release 1."""
    stored("1")
    store.activate("1", trial=lambda _: None)
    return store


def test_an_empty_offer_is_answered_with_where_the_box_is(box: ReleaseStore, stored: Write, music: Path) -> None:
    assert plan(PushOffer(), box, music) == Plan("0.1.0", current="1", previous=None, confirmed=False)
    stored("2")
    box.activate("2", trial=lambda _: None)
    now = box.current
    assert now is not None
    write_boot_record(box.state_folder, BootRecord(now.token, "2", count=1, ready=True))
    assert plan(PushOffer(), box, music) == Plan("0.1.0", current="2", previous="1", confirmed=True)


def test_a_box_without_any_release_lacks_all_of_it(store: ReleaseStore, offered: Path, music: Path) -> None:
    answer = plan(offer_of(offered), store, music)
    assert (answer.current, answer.obstacles) == (None, ())
    assert answer.release == ReleasePlan(
        "2",
        Presence.ABSENT,
        missing=("face_emotion/model.tflite", "songs.sqlite"),
        send_bytes=20,
        landing=str(store.folder / ".2.partial"),
    )
    assert not store.folder.exists()


def test_files_that_another_release_has_do_not_travel(box: ReleaseStore, offered: Path, music: Path) -> None:
    shutil.copy(box.folder / "1" / "songs.sqlite", offered / "songs.sqlite")
    one = read_manifest(box.folder / "1").files["songs.sqlite"]
    manifest = read_manifest(offered)
    write_manifest(offered, replace(manifest, files={**manifest.files, "songs.sqlite": one}))
    release = plan(offer_of(offered), box, music).release
    assert release is not None
    assert release.missing == ("face_emotion/model.tflite",)
    assert release.copy_from == (str(box.folder / "1"),)


def test_what_came_over_before_does_not_travel_again(box: ReleaseStore, offered: Path, music: Path) -> None:
    shutil.copytree(offered, box.folder / ".2.partial")
    (box.folder / ".2.partial" / "songs.sqlite").write_bytes(b"half")
    release = plan(offer_of(offered), box, music).release
    assert release is not None
    assert release.missing == ("songs.sqlite",)


def test_what_only_a_link_leads_to_did_not_come_over(
    box: ReleaseStore, offered: Path, music: Path, tmp_path: Path
) -> None:
    """As for who takes the release in, or a box would say that it lacks nothing and then refuse what it has."""
    landing = box.folder / ".2.partial"
    shutil.copytree(offered, landing)
    (landing / "face_emotion").rename(tmp_path / "elsewhere")
    (landing / "face_emotion").symlink_to(tmp_path / "elsewhere")
    release = plan(offer_of(offered), box, music).release
    assert release is not None
    assert release.missing == ("face_emotion/model.tflite",)


def test_a_release_that_is_there_needs_nothing(box: ReleaseStore, offered: Path, music: Path) -> None:
    shutil.copytree(offered, box.folder / "2")
    assert plan(offer_of(offered), box, music).release == ReleasePlan("2", Presence.PRESENT)
    box.activate("2", trial=lambda _: None)
    assert plan(offer_of(offered), box, music).release == ReleasePlan("2", Presence.CURRENT)
    (box.folder / "2" / "songs.sqlite").write_bytes(b"worn out")
    release = plan(offer_of(offered), box, music).release
    assert release is not None
    assert release.presence is Presence.DAMAGED
    assert release.missing == ("songs.sqlite",)


def test_another_release_of_the_same_id_is_in_the_way(box: ReleaseStore, offered: Path, music: Path) -> None:
    shutil.copytree(offered, box.folder / "2")
    write_manifest(offered, replace(read_manifest(offered), created="2027-01-01T00:00:00+00:00"))
    assert "another release with this id" in whats(plan(offer_of(offered), box, music))


def test_a_release_that_this_software_cannot_read_is_in_the_way(box: ReleaseStore, offered: Path, music: Path) -> None:
    manifest = read_manifest(offered)
    write_manifest(offered, replace(manifest, versions={"song_table": "99"}, labels={"face": ("anger", "envy")}))
    told = whats(plan(offer_of(offered), box, music))
    assert "its song table has schema 99, and the mien of this box reads 1 to 3" in told
    assert "knows no face label envy" in told
    write_manifest(offered, replace(manifest, schema_version=99))
    answer = plan(offer_of(offered), box, music)
    assert answer.release is None
    assert whats(answer) == "manifest.json: this release has schema 99, and this mien reads schema 1"


def test_a_box_that_asks_for_signatures_refuses_before_anything_moves(
    box: ReleaseStore, write_release: Write, tmp_path: Path, music: Path
) -> None:
    (tmp_path / "signers").write_text("")
    (tmp_path / "signers").chmod(0o644)
    asking = replace(box, allowed_signers=tmp_path / "signers")
    old = write_release(tmp_path / "old", "0", created="2020-01-01T00:00:00+00:00")
    told = whats(plan(offer_of(old), asking, music))
    assert told.startswith("the release is not signed")
    assert "was made 2020" in told
    assert "was made" not in whats(plan(offer_of(old, allow_downgrade=True), asking, music))
    signed = offer_of(old, signature="no signature at all")
    assert "manifest.json.sig: no trusted key made this signature" in whats(plan(signed, asking, music))


def test_a_full_disk_is_in_the_way(
    box: ReleaseStore, offered: Path, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    songs = {"new.ogg": SongFile(3_000_000, 0)}
    usage = shutil.disk_usage(music)._replace(free=push_plan.MARGIN_BYTES + 3_000_019)
    monkeypatch.setattr(push_plan.shutil, "disk_usage", lambda _: usage)
    assert not plan(offer_of(offered), box, music).obstacles
    told = whats(plan(offer_of(offered, songs=songs), box, music))
    assert "19.8 MB are needed, a margin included, 1 byte more than free" in told


def test_a_read_only_disk_is_in_the_way(
    box: ReleaseStore, offered: Path, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = os.statvfs(box.folder)
    values = list(found)
    values[8] = os.ST_RDONLY
    monkeypatch.setattr(push_plan.os, "statvfs", lambda _: os.statvfs_result(values))
    assert "read-only" in whats(plan(offer_of(offered), box, music))
    assert not plan(PushOffer(), box, music).obstacles


def test_songs_that_differ_travel_and_what_a_push_brought_for_no_table_is_told(
    box: ReleaseStore, offered: Path, music: Path
) -> None:
    songs = {"a/one.ogg": SongFile(5, 1001), "two.ogg": SongFile(5, 2000), "three.ogg": SongFile(7, 1000)}
    answer = plan(offer_of(offered, songs=songs), box, music)
    assert answer.songs == SongPlan(str(music), ("two.ogg", "three.ogg"), 7, retimed=("two.ogg",))
    assert read_plan(answer.text()) == answer
    assert "kept" not in json.loads(answer.text())["songs"], "older mien-tools know no such key"
    del songs["two.ogg"]
    answer = plan(offer_of(offered, songs=songs, list_surplus=True), box, music)
    assert answer.songs is not None
    assert (answer.songs.surplus, answer.songs.kept) == ((), 1)
    note_songs(box.folder, music, {"two.ogg": SongFile(5, 1000)})
    answer = plan(offer_of(offered, songs=songs, list_surplus=True), box, music)
    assert answer.songs is not None
    assert (answer.songs.surplus, answer.songs.kept) == (("two.ogg",), 0)


def test_a_song_of_the_boxs_own_table_is_no_surplus_because_it_was_not_offered(box: ReleaseStore, music: Path) -> None:
    shutil.copy(MODELS / "songs.sqlite", box.folder / "1" / "songs.sqlite")
    (music / "two.ogg").rename(music / "candle-stub.ogg")
    note_songs(box.folder, music, {"candle-stub.ogg": SongFile(5, 1000), "a/one.ogg": SongFile(5, 1000)})
    answer = plan(PushOffer(songs={}, list_surplus=True), box, music)
    assert answer.songs == SongPlan(str(music), surplus=("a/one.ogg",), kept=0)


def test_without_a_release_the_boxs_own_table_picks_the_songs(box: ReleaseStore, music: Path) -> None:
    songs = {"candle-stub.ogg": SongFile(9, 9), "stranger.ogg": SongFile(9, 9)}
    assert "not a valid song table" in whats(plan(PushOffer(songs=songs), box, music))
    shutil.copy(MODELS / "songs.sqlite", box.folder / "1" / "songs.sqlite")
    answer = plan(PushOffer(songs=songs), box, music)
    assert answer.songs == SongPlan(str(music), ("candle-stub.ogg",), 9)


paths = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1).filter(
    lambda path: not path.startswith("/") and ".." not in path.split("/")
)
song_files = st.builds(SongFile, size=st.integers(0, 2**62), modified=st.integers(-(2**31), 2**62))
names = st.lists(paths).map(tuple)
release_plans = st.builds(ReleasePlan, missing=names, copy_from=names)


@given(
    st.builds(PushOffer, st.none() | st.text(), st.none() | st.text(), st.none() | st.dictionaries(paths, song_files))
)
def test_an_offer_survives_the_way(offer: PushOffer) -> None:
    assert read_offer(offer.text()) == offer


@given(
    st.builds(
        Plan,
        release=st.none() | release_plans,
        songs=st.none() | st.builds(SongPlan, missing=names, surplus=names),
        obstacles=st.lists(st.builds(Obstacle)).map(tuple),
    )
)
def test_a_plan_survives_the_way(answer: Plan) -> None:
    assert read_plan(answer.text()) == answer


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"schema": 2}',
        '{"schema": 1, "songs": {"../x": [1, 1]}}',
        '{"schema": 1, "songs": {"x": [-1, 1]}}',
        '{"schema": 1, "songs": {"x": [true, 1]}}',
        '{"schema": 1, "songs": {"x": [1, NaN]}}',
        '{"schema": 1, "songs": {"x": [1]}}',
        '{"schema": 1, "songs": {"x\\u0000": [1, 1]}}',
        '{"schema": 1, "songs": {"\\ud800": [1, 1]}}',
        '{"schema": 1, "songs": ["x"]}',
        '{"schema": 1, "manifest": "\\ud800"}',
        '{"schema": 1, "manifest": 7}',
        '{"schema": 1, "list_surplus": "yes"}',
        '{"schema": ' + "9" * 5000 + "}",
        '{"schema": ' + "[" * 100_000,
    ],
)
def test_what_is_no_offer_is_refused(text: str) -> None:
    with pytest.raises(ReleaseError, match="no offer that this mien understands"):
        read_offer(text)


def test_an_offer_of_newer_tools_is_understood_as_far_as_this_mien_knows_it() -> None:
    assert read_offer('{"schema": 1, "songs": {"x": [1, 2]}, "colour": "blue"}') == PushOffer(
        songs={"x": SongFile(1, 2)}
    )


def test_an_offer_without_an_end_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push_protocol, "MOST_OFFER_BYTES", 1000)
    with pytest.raises(ReleaseError, match="cannot be read"), Path("/dev/zero").open("rb") as endless:
        take_offer(endless)


def test_a_plan_tells_only_what_is_of_its_type() -> None:
    whole = Plan("1", "1", None, confirmed=True, songs=SongPlan("/m", ("a",), kept=0)).text()
    assert read_plan(whole.replace('"software"', '"later": {}, "software"')) == read_plan(whole)
    for value, other in (
        ('["a"]', '"a"'),
        ("true", '"true"'),
        ('"/m"', "7"),
        ('"1"', "{}"),
        ("0}", "-1}"),
        ("0}", "NaN}"),
    ):
        assert value in whole
        with pytest.raises(ReleaseError, match="no plan"):
            read_plan(whole.replace(value, other))


def test_what_is_no_plan_is_refused() -> None:
    for text in ("hello", '{"schema": 1}', json.dumps({"schema": 99})):
        with pytest.raises(ReleaseError, match="no plan that this mien-tools understands"):
            read_plan(text)
