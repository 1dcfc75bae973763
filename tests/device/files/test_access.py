"""Who may not use a file is told why, and what to do: by the rights that really are in the way."""

import os
from pathlib import Path

import pytest

from device.errors import AccessError
from device.files import access
from device.files.access import Refusal, why_refused

MIEN, OTHER = 4711, 4712


@pytest.fixture
def guest(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Make this process the user guest, whom the real rights of files do not concern; returns the login's groups."""
    groups = [OTHER]
    entry = access.pwd.struct_passwd(("guest", "x", 1001, OTHER, "", "/", "/bin/sh"))
    names = {MIEN: "mien", OTHER: "guest", 0: "root"}
    group = access.grp.struct_group

    def may(path: Path, wanted: int, *, effective_ids: bool) -> bool:
        assert effective_ids
        facts = path.stat()
        bits = facts.st_mode >> 3 if facts.st_gid in groups else facts.st_mode
        return bits & wanted == wanted

    monkeypatch.setattr(os, "geteuid", lambda: 1001)
    monkeypatch.setattr(os, "getegid", lambda: OTHER)
    monkeypatch.setattr(os, "getgroups", lambda: groups)
    monkeypatch.setattr(os, "getgrouplist", lambda _name, group: [group])
    monkeypatch.setattr(os, "access", may)
    monkeypatch.setattr(access.pwd, "getpwuid", lambda user: {1001: entry}[user])
    monkeypatch.setattr(access.grp, "getgrgid", lambda number: group((names[number], "x", number, [])))
    return groups


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of the group mien in a folder of the same."""
    path = tmp_path / "state" / "history.sqlite"
    path.parent.mkdir()
    path.touch()
    for each, mode in {path: 0o640, path.parent: 0o750, tmp_path: 0o755}.items():
        each.chmod(mode)
    stat = os.stat

    def owned(at: object, *arguments: object, **options: object) -> os.stat_result:
        facts = stat(at, *arguments, **options)  # type: ignore[arg-type]
        ours = str(at).startswith(str(path.parent))
        mode = facts.st_mode if str(at).startswith(str(tmp_path)) else facts.st_mode | 0o555
        return os.stat_result((mode, *facts[1:4], 990 if ours else 0, MIEN if ours else 0, *facts[6:]))

    monkeypatch.setattr(os, "stat", owned)
    return path


def test_who_is_not_in_the_group_is_told_to_join(guest: list[int], file: Path) -> None:
    assert guest == [OTHER]
    join = Refusal(
        "only the group mien may use it, and you (guest) are not in it", "sudo usermod -aG mien guest, then log in anew"
    )
    assert why_refused(file) == join, "because of the folder"
    file.parent.chmod(0o755)
    assert why_refused(file) == join, "because of the file"
    assert why_refused(file.parent / "missing") is None, "nobody refuses what is not there"


def test_whose_login_is_older_than_the_membership_is_told_to_log_in_anew(
    guest: list[int], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getgrouplist", lambda _name, group: [group, MIEN])
    refusal = why_refused(file)
    assert refusal
    assert "guest was not in it yet when this login began" in refusal.what
    assert refusal.mend == "log in anew, or say newgrp mien, or ask with sudo"
    guest.append(MIEN)
    assert why_refused(file) is None


def test_where_the_group_may_not_either_its_owner_is_named(guest: list[int], file: Path) -> None:
    file.chmod(0o600)
    guest.append(MIEN)
    assert why_refused(file) == Refusal(
        "only the user 990 may use it, and you are guest", "ask as 990, or as root with sudo"
    )
    file.chmod(0o640)
    assert why_refused(file, os.W_OK) == Refusal(
        "only the user 990 may use it, and you are guest", "ask as 990, or as root with sudo"
    )


def test_a_name_is_quoted_for_the_shell(guest: list[int], file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert guest
    odd = access.pwd.struct_passwd(("DOMAIN\\guest", "x", 1001, OTHER, "", "/", "/bin/sh"))
    monkeypatch.setattr(access.pwd, "getpwuid", lambda _: odd)
    refusal = why_refused(file)
    assert refusal
    assert refusal.mend == "sudo usermod -aG mien 'DOMAIN\\guest', then log in anew"


def test_users_and_groups_without_a_name_have_their_number(
    guest: list[int], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert guest

    def nobody(_: int) -> None:
        raise KeyError

    monkeypatch.setattr(access.pwd, "getpwuid", nobody)
    monkeypatch.setattr(access.grp, "getgrgid", nobody)
    assert why_refused(file) == Refusal(
        "only the group 4711 may use it, and you (1001) are not in it", "sudo usermod -aG 4711 1001, then log in anew"
    )


def test_the_error_names_the_file_and_has_a_code_of_its_own(guest: list[int], file: Path) -> None:
    assert guest
    error = AccessError.of(file)
    assert error
    assert error.what.startswith(f"{file}: only the group mien")
    assert error.exit_code == 77
    file.parent.chmod(0o755)
    file.chmod(0o644)
    assert AccessError.of(file) is None
