"""The file of resting faces: eight numbers each, whole or not at all, and never believed blindly."""

import json
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from device.emotion.labels import FACE_LABELS
from device.errors import LaterFileError, MienError
from device.session.resting_faces import RestingFaces, forget_in_file, read_resting_faces

MEANS = {label: -0.5 - place / 2 for place, label in enumerate(FACE_LABELS)}
AT = datetime(2026, 11, 29, 10, tzinfo=UTC)


def kept(path: Path, *names: str, model: str = "m1") -> RestingFaces:
    faces = RestingFaces(path, model=model)
    for name in names:
        faces.keep(faces.of(name, AT, MEANS))
    return faces


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "resting_faces.json"


def test_what_is_kept_is_known_after_a_restart(path: Path) -> None:
    before = kept(path, "ben", "anna")
    after = RestingFaces(path, model="m1")
    assert [face.name for face in after.in_force] == ["anna", "ben"]
    assert after.faces == before.faces
    assert after.faces[0].log_probabilities == MEANS


def test_nothing_is_written_but_eight_numbers_a_name_a_date_and_the_model(path: Path) -> None:
    kept(path, "anna")
    document = json.loads(path.read_text())
    face = {"name": "anna", "at": "2026-11-29T10:00:00.000+00:00", "model": "m1", "log_probabilities": MEANS}
    assert document == {"schema": 1, "faces": [face]}
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_face_takes_the_place_of_an_older_one_and_a_fifth_is_refused(path: Path) -> None:
    faces = kept(path, "a", "b", "c", "d", "a")
    assert [face.name for face in faces.faces] == ["a", "b", "c", "d"]
    assert faces.refusal("b") is None
    with pytest.raises(MienError, match=r"4 resting faces are kept already \(a, b, c, d\)"):
        faces.keep(faces.of("e", AT, MEANS))


def test_the_faces_of_another_model_are_kept_and_not_used(path: Path) -> None:
    kept(path, "anna")
    faces = RestingFaces(path, model="m2")
    assert faces.in_force == ()
    assert faces.document()["stale"] == ["anna"]
    assert [face["in_force"] for face in faces.document()["faces"]] == [False]
    faces.keep(faces.of("anna", AT, MEANS))
    assert (faces.document()["stale"], len(faces.in_force)) == ([], 1)


def test_the_settings_may_leave_them_unused(path: Path) -> None:
    kept(path, "anna")
    faces = RestingFaces(path, model="m1", is_used=False)
    assert faces.in_force == ()
    assert faces.document()["stale"] == []


@pytest.mark.parametrize(("name", "left", "gone"), [("anna", ["ben"], 1), ("carl", ["anna", "ben"], 0), (None, [], 2)])
@pytest.mark.parametrize("by_daemon", [True, False])
def test_one_face_or_all_are_forgotten(
    path: Path, name: str | None, left: list[str], gone: int, *, by_daemon: bool
) -> None:
    faces = kept(path, "anna", "ben")
    heard: list[int | MienError] = []
    if by_daemon:
        faces.forget(name, heard.append)
    else:
        heard.append(forget_in_file(path, name))
    assert heard == [gone]
    assert [face.name for face in read_resting_faces(path)] == left
    assert path.exists() == bool(left)


def document(**changes: Any) -> dict[str, Any]:
    return {"name": "anna", "at": "2026-11-29T10:00:00+00:00", "model": "m1", "log_probabilities": MEANS} | changes


BROKEN: dict[str, str | bytes | list[dict[str, Any]]] = {
    "half": '{"schema": 1, "faces": [{"na',
    "no text": b"\xff\xfe\x00",
    "a list": "[]",
    "another schema": '{"schema": 0, "faces": []}',
    "too long": " " * 20_000,
    "too many": [document(name=str(number)) for number in range(5)],
    "somebody twice": [document(), document()],
    "a name that a terminal obeys": [document(name="\x1b[2J")],
    "no date": [document(at="yesterday")],
    "no numbers": [document(log_probabilities={})],
    "another label": [document(log_probabilities={"joy": -1.0})],
    "no number": [document(log_probabilities={"anger": "much"})],
    "an impossible number": [document(log_probabilities={"anger": 2.0})],
    "a huge number": [document(log_probabilities={"anger": -1e300})],
    "a model that is none": [document(model="m" * 500)],
    "a number of no face": [document(log_probabilities=MEANS | {"anger": -9.0})],
}


def test_a_file_of_a_later_mien_is_named_so_and_never_written_over(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(later := '{"schema": 2, "people": []}')
    faces = RestingFaces(path, model="m1")
    with pytest.raises(LaterFileError, match="of schema 2, of a later mien; this one reads schema 1"):
        faces.keep(faces.of("ben", AT, MEANS))
    assert (faces.in_force, path.read_text()) == ((), later)


@pytest.mark.parametrize("case", BROKEN)
def test_a_file_that_makes_no_sense_corrects_nothing_and_is_told(path: Path, case: str) -> None:
    content = BROKEN[case]
    text = json.dumps({"schema": 1, "faces": content}) if isinstance(content, list) else content
    path.parent.mkdir()
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    faces = RestingFaces(path, model="m1")
    assert faces.in_force == ()
    trouble = faces.document()["trouble"]
    assert str(path) in trouble["what"]
    assert "mien calibrate --forget" in trouble["mend"]
    assert len(trouble["what"]) < 400
    assert "-0.5" not in trouble["what"]  # which the journal holds
    with pytest.raises(MienError, match="cannot be read"):
        faces.keep(faces.of("ben", AT, MEANS))  # who knows whom it holds
    heard: list[int | MienError] = []
    faces.forget("anna", heard.append)
    faces.forget(None, heard.append)
    faces.keep(faces.of("ben", AT, MEANS))
    faces.forget(None, heard.append)
    assert isinstance(heard[0], MienError)  # who knows whether it holds hers
    assert heard[1:] == [1, 1]
    assert faces.trouble is None
    assert not path.exists()


@pytest.mark.parametrize("model", ["m" * 64, "m" * 128, " m", ""])
def test_the_faces_of_whatever_a_release_calls_its_model_outlast_a_restart(path: Path, model: str) -> None:
    kept(path, "anna", model=model)
    assert RestingFaces(path, model=model).in_force


def test_forgetting_leaves_nothing_that_a_killed_daemon_began_to_write(path: Path) -> None:
    kept(path, "anna")
    path.with_name(f".{path.name}.unfinished").write_text("numbers")
    forget_in_file(path, None)
    assert list(path.parent.iterdir()) == []


def test_what_could_not_be_forgotten_is_forgotten_when_that_is_said_again(path: Path) -> None:
    faces = kept(path, "anna")
    content = path.read_bytes()
    path.unlink()
    path.mkdir()
    heard: list[int | MienError] = []
    faces.forget("anna", heard.append)
    path.rmdir()
    path.write_bytes(content)
    faces.forget("anna", heard.append)
    assert isinstance(heard[0], MienError)
    assert heard[1:] == [0]
    assert not path.exists()


def test_a_link_is_not_followed(path: Path, tmp_path: Path) -> None:
    kept(tmp_path / "elsewhere.json", "anna")
    path.parent.mkdir()
    path.symlink_to(tmp_path / "elsewhere.json")
    assert RestingFaces(path, model="m1").trouble


def test_what_cannot_be_written_is_told_and_used_all_the_same(path: Path) -> None:
    path.parent.mkdir()
    faces = RestingFaces(path, model="m1")
    path.mkdir()  # something that no file can replace
    heard: list[int | MienError] = []
    faces.keep(faces.of("anna", AT, MEANS))
    faces.forget("anna", heard.append)
    assert faces.trouble is not None
    assert "cannot be written" in faces.trouble.what
    assert isinstance(heard[0], MienError)
