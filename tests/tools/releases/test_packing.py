"""Making a release out of its parts, and signing it."""

import argparse
import json
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from device.emotion.labels import FACE_LABELS, SONG_LABELS
from device.errors import ModelError, ReleaseError, SongTableError
from device.recommendation.song_table import Header, Song, write_song_table
from device.releases.journal import is_release_id
from device.releases.manifest import FACE_MODEL, MUSIC_MODEL, SIGNATURE, verify
from device.releases.signature import check_signature
from tools.__main__ import main as mien_tools
from tools.commands import pack_release as verb
from tools.releases.packing import dated_id, pack_release, sign_release

MODELS = Path(__file__).parents[3] / "models"
VECTOR = (0.0, 0.0, 0.0, 100.0, 0.0, 0.0, 0.0, 0.0)

needs_ssh_keygen = pytest.mark.skipif(
    not shutil.which("ssh-keygen"), reason="ssh-keygen is missing: apt openssh-client"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "release"
    for part in (FACE_MODEL, MUSIC_MODEL):
        shutil.copytree(MODELS / part, folder / part)
    (folder / "demo_library").mkdir()
    (folder / "demo_library" / "song.ogg").write_bytes(b"music travels by itself")
    write_table(folder, version_of(folder, MUSIC_MODEL))
    return folder


@pytest.fixture
def key(tmp_path: Path) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")], check=True)
    return tmp_path / "key"


def version_of(folder: Path, part: str) -> str:
    return str(json.loads((folder / part / "card.json").read_text(encoding="utf-8"))["version"])


def write_table(folder: Path, music_model: str) -> None:
    song = Song(1, "song.ogg", "Song", "", "", 20.0, "", 0.8, 0.3, VECTOR)
    write_song_table(folder / "songs.sqlite", Header(1, 0.3, 0.3, music_model), [song])


def test_a_packed_release_verifies_and_describes_its_parts(folder: Path) -> None:
    packed = pack_release(folder, "2026.11.1")
    assert verify(folder) == packed
    parts = {f"{part}/{path.name}" for part in (FACE_MODEL, MUSIC_MODEL) for path in (MODELS / part).iterdir()}
    assert set(packed.files) == {*parts, "songs.sqlite"}
    assert packed.versions["face_emotion"] == version_of(folder, FACE_MODEL)
    assert packed.labels == {"face": FACE_LABELS, "song": SONG_LABELS}


@pytest.mark.parametrize(
    ("odd", "suggested"),
    [
        ("my music!", "my-music"),
        ("2026/11/20", "2026.11.20"),
        ("Müsli & Brot", "Musli-Brot"),
        ("../../etc", "etc"),
        ("current", r"20\d\d\.\d\d\.\d\d"),
        ("", r"20\d\d\.\d\d\.\d\d"),
        ("-x" * 99, "(x-){31}x"),
        ("\x1b[2J\n", "2J"),
    ],
)
def test_an_id_that_is_none_gets_the_nearest_one_that_is(
    tmp_path: Path, odd: str, suggested: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert mien_tools(["pack-release", str(tmp_path), f"--id={odd}"]) == 65
    said = capsys.readouterr().err
    assert "a release's id is 1 to 64 letters" in said
    found = re.search(r"mend: --id (.+), say$", said, re.MULTILINE)
    assert found
    assert re.fullmatch(suggested, found[1])
    assert is_release_id(found[1])


def test_a_day_has_many_ids() -> None:
    day = date(2026, 11, 2)
    assert dated_id(day, {"2026.11.2", "2026.11.02.x", "2026-11-02"}) == "2026.11.02"
    assert dated_id(day, {"2026.11.02"}) == "2026.11.02.2"
    assert dated_id(day, {"2026.11.02", "2026.11.02.2", "2026.11.02.4"}) == "2026.11.02.5"


def test_a_table_of_another_music_model_is_refused(folder: Path) -> None:
    write_table(folder, "music_emotion-0")
    with pytest.raises(ReleaseError, match="music_emotion-0"):
        pack_release(folder, "2026.11.1")
    assert not (folder / "manifest.json").exists()


def test_a_missing_part_is_named(folder: Path) -> None:
    (folder / "songs.sqlite").unlink()
    with pytest.raises(SongTableError, match=r"songs\.sqlite"):
        pack_release(folder, "2026.11.1")
    (folder / "face_emotion" / "card.json").unlink()
    with pytest.raises(ReleaseError, match=r"face_emotion/card\.json"):
        pack_release(folder, "2026.11.1")
    shutil.rmtree(folder / "face_emotion")
    with pytest.raises(ReleaseError, match="lacks the folder face_emotion") as caught:
        pack_release(folder, "2026.11.1")
    assert caught.value.mend == f"copy it from mien's models: cp -r models/face_emotion {folder}"
    with pytest.raises(ReleaseError, match="there is no such folder") as caught:
        pack_release(folder / "none", "2026.11.1")
    assert caught.value.mend.endswith(f"cp -r models {folder}/none")


@pytest.mark.parametrize("part", [FACE_MODEL, MUSIC_MODEL])
def test_a_model_that_does_not_give_its_golden_answer_is_not_packed(folder: Path, part: str) -> None:
    golden = folder / part / "golden.npz"
    with np.load(golden) as stored:
        answer = dict(stored)
    answer["output"] = (answer["output"].astype(int) * -1 + 40).clip(-128, 127).astype(np.int8)
    with golden.open("wb") as file:
        np.savez(file, **answer)
    with pytest.raises(ModelError, match=f"{part}.*off"):
        pack_release(folder, "2026.11.1")
    assert not (folder / "manifest.json").exists()


@needs_ssh_keygen
def test_a_signed_release_bears_the_signature_that_a_box_asks_for(folder: Path, key: Path, tmp_path: Path) -> None:
    pack_release(folder, "2026.11.1")
    sign_release(folder, key)
    signers = tmp_path / "allowed_signers"
    signers.write_text(f"owner {key.with_suffix('.pub').read_text()}")
    signers.chmod(0o644)
    assert check_signature(folder, signers) == "owner"


@needs_ssh_keygen
def test_packing_again_removes_the_signature_of_what_was_packed_before(folder: Path, key: Path) -> None:
    pack_release(folder, "2026.11.1")
    sign_release(folder, key)
    pack_release(folder, "2026.11.2")
    assert not (folder / SIGNATURE).exists()


@needs_ssh_keygen
def test_a_key_that_cannot_sign_is_told(folder: Path, tmp_path: Path) -> None:
    pack_release(folder, "2026.11.1")
    with pytest.raises(ReleaseError, match="cannot sign with this key"):
        sign_release(folder, tmp_path / "no such key")
    assert not (folder / SIGNATURE).exists()


@needs_ssh_keygen
def test_the_verb_packs_and_signs(folder: Path, key: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    verb.add_arguments(parser)
    assert verb.run(parser.parse_args([str(folder), "--id", "2026.11.1", "--sign", str(key)])) == 0
    assert "signed with" in capsys.readouterr().out
    assert (folder / SIGNATURE).is_file()
