"""Signed releases, checked by the real ssh-keygen: any change after the signature is refused with a reason."""

import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from device.errors import ReleaseError
from device.releases.auto_rollback import AutoRollback, roll_back_if_due
from device.releases.manifest import MANIFEST, SIGNATURE, read_manifest, write_manifest
from device.releases.signature import (
    MOST_SIGNERS_BYTES,
    NAMESPACE,
    check_signature,
    read_trusted_keys,
    refuse_downgrade,
    run_ssh_keygen,
)
from device.releases.store import ReleaseStore
from tests.device.releases.folders import held_in

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
    (folder / "allowed_signers").chmod(0o644)
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


def test_the_box_goes_back_by_itself_to_what_is_signed(store: ReleaseStore, signed: WriteRelease) -> None:
    assert settle_after(store, signed("old"), signed("new")) == "old"


def test_the_box_does_not_go_back_by_itself_to_what_is_not_signed(
    store: ReleaseStore, signed: WriteRelease, caplog: pytest.LogCaptureFixture
) -> None:
    old = signed("old")
    assert settle_after(store, old, signed("new"), spoil=(old / SIGNATURE).unlink) == "new"
    assert "no way back from release new to old" in caplog.text
    assert "not signed" in caplog.text


def test_the_box_does_not_go_back_by_itself_to_what_is_trusted_no_longer(
    store: ReleaseStore, signed: WriteRelease, tmp_path: Path
) -> None:
    trusting_nobody = tmp_path / "signers"
    trusting_nobody.write_bytes(b"")
    trusting_nobody.chmod(0o644)
    asking = replace(store, allowed_signers=trusting_nobody)
    assert settle_after(store, signed("old"), signed("new"), then=asking) == "new"


def test_the_box_does_not_go_back_by_itself_to_another_release_in_the_olds_place(
    store: ReleaseStore, signed: WriteRelease
) -> None:
    old, other = signed("old"), signed("other")

    def swap() -> None:
        shutil.rmtree(old)
        other.rename(old)

    assert settle_after(store, old, signed("new"), spoil=swap) == "new"


def settle_after(
    store: ReleaseStore,
    old: Path,
    new: Path,
    *,
    spoil: Callable[[], object] = lambda: None,
    then: ReleaseStore | None = None,
) -> str | None:
    """Activate one release after the other, let the second one fail, and settle; return the current one's id."""
    for folder in (old, new):
        activate(store, folder.name)
    with suppress(ReleaseError), AutoRollback(store.folder / "current", store.state_folder):
        raise ReleaseError("torn", mend="")  # noqa: EM101 - short words will do
    spoil()
    roll_back_if_due(store.folder / "current", store.state_folder, (then or store).allowed_signers)
    return current(store)


@pytest.mark.parametrize(
    ("at", "mode"), [("allowed_signers", 0o666), ("allowed_signers", 0o664), (".", 0o777), ("..", 0o775)]
)
def test_keys_that_others_may_write_are_refused(
    signed: WriteRelease, keys: Path, tmp_path: Path, at: str, mode: int
) -> None:
    signers = tmp_path / "etc" / "mien" / "allowed_signers"
    signers.parent.mkdir(parents=True)
    shutil.copy(keys / "allowed_signers", signers)
    for path, usual in {signers: 0o644, signers.parent: 0o755, signers.parents[1]: 0o755}.items():
        path.chmod(usual)
    assert check_signature(signed("1"), signers) == "owner@example.org"
    loose = (signers.parent / at).resolve()
    loose.chmod(mode)
    with pytest.raises(ReleaseError, match="others may write it") as caught:
        check_signature(signed("1"), signers)
    assert caught.value.mend == f"sudo chmod go-w {loose}"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_keys_that_belong_to_somebody_else_are_refused(signed: WriteRelease, keys: Path, tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    signers = Path(shutil.copy(keys / "allowed_signers", tmp_path / "etc"))
    signers.chmod(0o644)
    os.chown(signers, 12345, -1)
    with pytest.raises(ReleaseError, match="belongs to user 12345") as caught:
        check_signature(signed("1"), signers)
    assert caught.value.mend == f"sudo chown root {signers}"
    os.chown(signers, 0, -1)
    os.chown(signers.parent, 12345, -1)
    with pytest.raises(ReleaseError, match=f"{signers.parent}: belongs to user 12345") as caught:
        check_signature(signed("1"), signers)
    assert "/etc/mien/allowed_signers" in caught.value.mend


@pytest.mark.parametrize("kind", ["link", "fifo", "folder", "huge"])
def test_keys_that_are_no_small_file_are_refused_at_once(
    signed: WriteRelease, keys: Path, tmp_path: Path, kind: str
) -> None:
    signers = tmp_path / "signers"
    match kind:
        case "link":
            signers.symlink_to(keys / "allowed_signers")
        case "fifo":
            os.mkfifo(signers, 0o644)
        case "folder":
            signers.mkdir()
        case _:
            signers.write_bytes(bytes(MOST_SIGNERS_BYTES + 1))
            signers.chmod(0o644)
    with pytest.raises(ReleaseError, match=r"signers: the file with the trusted keys cannot be read \("):
        check_signature(signed("1"), signers)


def test_what_is_checked_is_what_is_copied(
    store: ReleaseStore, signed: WriteRelease, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As soon as ssh-keygen has agreed, the manifest on the stick becomes another one, and its files with it."""
    source, other = signed("1").rename(tmp_path / "stick"), signed("2")
    (other / MANIFEST).write_text((other / MANIFEST).read_text().replace('"2"', '"1"'))
    checked = []

    def run(arguments: tuple[str, ...], given: bytes, *, files: tuple[int, ...] = ()) -> object:
        ended = run_ssh_keygen(arguments, given, files=files)
        checked.append(arguments[1])
        if checked[-2:] == ["find-principals", "verify"] and other.exists():
            shutil.rmtree(source)
            other.rename(source)
        return ended

    monkeypatch.setattr("device.releases.signature.run_ssh_keygen", run)
    with pytest.raises(ReleaseError, match="not the one that the manifest describes"):
        store.stage(source)
    assert held_in(store.folder) == set()


def test_nothing_of_a_release_is_understood_before_its_signature_is(store: ReleaseStore, signed: WriteRelease) -> None:
    (signed("1") / MANIFEST).write_bytes(b"[" * 100_000)
    with pytest.raises(ReleaseError, match=r"not what owner@example\.org signed"):
        activate(store, "1")


@pytest.mark.parametrize("created", ["9999-01-01T00:00:00+00:00", "2199-01-01T00:00:00+00:00"])
def test_a_release_from_the_far_future_does_not_block_later_ones(
    store: ReleaseStore, signed: WriteRelease, created: str
) -> None:
    signed("1")
    signed("2", created=created)
    with pytest.raises(ReleaseError, match=r"created is|more than a year ahead of this box's clock"):
        activate(store, "2")
    activate(store, "1")
    with pytest.raises(ReleaseError, match=r"created is|more than a year ahead"):
        activate(store, "2")
    signed("3", created=JUNE)
    activate(store, "3")
    assert current(store) == "3"


def test_a_release_from_the_future_is_taken_if_it_is_asked_for(store: ReleaseStore, signed: WriteRelease) -> None:
    signed("2", created="2199-01-01T00:00:00+00:00")
    activate(store, "2", allow_downgrade=True)
    assert current(store) == "2"


@pytest.mark.parametrize(
    ("clock", "created", "is_taken"),
    [
        pytest.param("1970-01-01", "2026-05-01", True, id="a clock that was never set, before the current release"),
        pytest.param("1970-01-01", "2027-05-01", True, id="the same, a newer release"),
        pytest.param("1970-01-01", "2027-07-01", False, id="the same, more than a year after the current one"),
        pytest.param("2029-01-01", "2029-12-01", True, id="a clock that lags behind"),
        pytest.param("2029-01-01", "2030-02-01", False, id="a clock more than a year behind"),
    ],
)
def test_how_far_ahead_is_told_by_the_clock_and_by_the_current_release(
    signed: WriteRelease, clock: str, created: str, *, is_taken: bool
) -> None:
    held = signed("1", created="2026-04-30T00:00:00+00:00")
    told = pytest.raises(ReleaseError, match="more than a year ahead") if not is_taken else nullcontext()
    with told:
        refuse_downgrade(
            read_manifest(signed("2", created=created)), held, now=datetime.fromisoformat(f"{clock}T00:00Z")
        )


def test_a_release_from_before_signatures_were_asked_for_gets_its_signature(
    store: ReleaseStore, signed: WriteRelease, tmp_path: Path
) -> None:
    source = signed("1").rename(tmp_path / "stick")
    replace(store, allowed_signers=None).stage(source)
    assert not store.has("1")
    with pytest.raises(ReleaseError, match="not signed"):
        activate(store, "1")
    pushed = Path(shutil.copytree(source, store.landing("1")))
    store.stage(pushed)
    assert held_in(store.folder) == {"1"}
    activate(store, "1")
    assert current(store) == "1"


def test_a_file_of_keys_is_not_looked_for_where_somebody_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "keys").touch()
    for name in ("keys", "~/keys"):
        with pytest.raises(ReleaseError, match="needs its whole path") as caught:
            read_trusted_keys(Path(name))
        assert caught.value.mend == 'write allowed_signers = "/etc/mien/keys", say'
