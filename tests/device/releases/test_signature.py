"""Signed releases, checked by the real ssh-keygen: any change after the signature is refused with a reason."""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from device.errors import ReleaseError
from device.releases.manifest import MANIFEST, SIGNATURE, read_manifest, write_manifest
from device.releases.signature import NAMESPACE, check_signature
from device.releases.store import ReleaseStore

pytestmark = pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="ssh-keygen is missing: apt openssh-client")

WriteRelease = Callable[..., Path]
JANUARY, JUNE = "2026-01-01T00:00:00+00:00", "2026-06-01T00:00:00+02:00"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the keys ``owner`` and ``stranger``, and the file that trusts the owner."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("owner", "stranger"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    public = (folder / "owner.pub").read_text()
    (folder / "allowed_signers").write_text(f"owner@example.org,others@example.org {public}")
    return folder


@pytest.fixture
def store(tmp_path: Path, keys: Path) -> ReleaseStore:
    """A store on a box that asks for signatures."""
    return ReleaseStore(tmp_path / "releases", tmp_path / "state", keys / "allowed_signers")


@pytest.fixture
def signed(write_release: WriteRelease, store: ReleaseStore, keys: Path) -> WriteRelease:
    """Write a release in its place in the store, signed by the owner unless another is named."""

    def write(release_id: str, *, key: str = "owner", namespace: str = NAMESPACE, created: str = JANUARY) -> Path:
        folder = write_release(store.folder / release_id, created=created)
        command = ["ssh-keygen", "-Y", "sign", "-q", "-f", str(keys / key), "-n", namespace, str(folder / MANIFEST)]
        subprocess.run(command, check=True, capture_output=True)
        return folder

    return write


def activate(store: ReleaseStore, release_id: str, *, allow_downgrade: bool = False) -> None:
    store.activate(release_id, trial=lambda _: None, allow_downgrade=allow_downgrade)


def current(store: ReleaseStore) -> str | None:
    return store.current.release_id if store.current else None


def test_a_release_of_a_trusted_key_is_taken(store: ReleaseStore, signed: WriteRelease, keys: Path) -> None:
    assert check_signature(signed("1"), keys / "allowed_signers") == "owner@example.org"
    activate(store, "1")
    assert current(store) == "1"


def test_the_signature_travels_with_a_staged_release(store: ReleaseStore, signed: WriteRelease, tmp_path: Path) -> None:
    source = signed("1").rename(tmp_path / "stick")
    store.stage(source)
    assert (store.folder / "1" / SIGNATURE).read_bytes() == (source / SIGNATURE).read_bytes()
    activate(store, "1")
    (source / SIGNATURE).unlink()
    with pytest.raises(ReleaseError, match="not signed"):
        store.stage(source)


@pytest.mark.parametrize(
    ("writing", "told"),
    [
        pytest.param({"key": "stranger"}, "no trusted key", id="another key"),
        pytest.param({"namespace": "file"}, "not what owner@example.org signed", id="signed for something else"),
    ],
)
def test_a_signature_that_does_not_count_is_refused(
    store: ReleaseStore, signed: WriteRelease, writing: dict[str, str], told: str
) -> None:
    signed("1", **writing)
    with pytest.raises(ReleaseError, match=told):
        activate(store, "1")
    assert current(store) is None


def forge(folder: Path) -> None:
    """Change a file, and describe it rightly in the manifest."""
    write_manifest(folder, replace(read_manifest(folder), labels={"face": ("neutral", "anger")}))


def tamper(folder: Path) -> None:
    (folder / "songs.sqlite").write_bytes(b"SONGS of 1")


def truncate(folder: Path) -> None:
    (folder / MANIFEST).write_bytes((folder / MANIFEST).read_bytes()[:-1])


def reorder(folder: Path) -> None:
    lines = (folder / MANIFEST).read_text().splitlines(keepends=True)
    (folder / MANIFEST).write_text("".join([lines[0], *reversed(lines[1:-1]), lines[-1]]))


def spoil_the_signature(folder: Path) -> None:
    (folder / SIGNATURE).write_bytes((folder / SIGNATURE).read_bytes()[:100])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (forge, "not what owner@example.org signed"),
        (tamper, "not the one that the manifest describes"),
        (truncate, "not what owner@example.org signed"),
        (reorder, "not what owner@example.org signed"),
        (spoil_the_signature, "no trusted key"),
    ],
)
def test_any_change_after_the_signature_is_refused(
    store: ReleaseStore, signed: WriteRelease, change: Callable[[Path], None], told: str
) -> None:
    change(signed("1"))
    with pytest.raises(ReleaseError, match=told):
        activate(store, "1")
    assert current(store) is None


def test_an_unsigned_release_is_refused(store: ReleaseStore, write_release: WriteRelease) -> None:
    write_release(store.folder / "1")
    with pytest.raises(ReleaseError, match="takes signed ones only") as caught:
        activate(store, "1")
    assert "--sign" in caught.value.mend


def test_an_older_release_is_refused_unless_it_is_asked_for(store: ReleaseStore, signed: WriteRelease) -> None:
    signed("old", created=JANUARY)
    signed("new", created=JUNE)
    activate(store, "new")
    with pytest.raises(ReleaseError, match=r"release old was made 2026-01-01.*before the current new"):
        activate(store, "old")
    assert current(store) == "new"
    activate(store, "old", allow_downgrade=True)
    assert current(store) == "old"


def test_a_rollback_may_lead_to_an_older_release(store: ReleaseStore, signed: WriteRelease) -> None:
    for release_id, created in {"old": JANUARY, "new": JUNE}.items():
        signed(release_id, created=created)
        activate(store, release_id)
    store.roll_back(trial=lambda _: None)
    assert current(store) == "old"


def test_a_time_that_cannot_be_compared_is_refused(store: ReleaseStore, signed: WriteRelease) -> None:
    signed("1")
    signed("2", created="yesterday")
    activate(store, "1")
    with pytest.raises(ReleaseError, match="created is 'yesterday', no time"):
        activate(store, "2")


def test_a_current_release_that_is_gone_is_no_obstacle(store: ReleaseStore, signed: WriteRelease) -> None:
    activate(store, signed("1", created=JUNE).name)
    shutil.rmtree(store.folder / "1")
    activate(store, signed("2").name)
    assert current(store) == "2"


def test_a_folder_without_a_manifest_is_told(store: ReleaseStore, signed: WriteRelease) -> None:
    (signed("1") / MANIFEST).unlink()
    with pytest.raises(ReleaseError, match=r"not a release, manifest\.json cannot be read"):
        activate(store, "1")


def test_a_missing_file_of_trusted_keys_is_told(signed: WriteRelease, tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="the file with the trusted keys is missing"):
        check_signature(signed("1"), tmp_path / "nowhere")


def test_a_missing_ssh_keygen_names_its_package(
    signed: WriteRelease, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = signed("1")
    monkeypatch.setitem(os.environ, "PATH", str(folder))
    with pytest.raises(ReleaseError, match="ssh-keygen") as caught:
        check_signature(folder, keys / "allowed_signers")
    assert "openssh-client" in caught.value.mend
