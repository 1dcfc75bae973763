"""The installer on a fresh Debian bookworm: what it leaves, and that it may be run, broken off and undone at will."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from box import CHECKOUT, INSTALL, OWNER, SETTINGS, WORDS_OF_SETTINGS, Box, Installation, furnish, install

pytestmark = pytest.mark.timeout(2400)  # the first test makes the root, fetches wheels and installs

WATCHED = ("etc", "opt", "usr/local", "var/lib/mien")
STATE = Path("var/lib/mien/state")
MUSIC = Path("var/lib/mien/music")
SONGS = Path("srv/songs")
GUEST = "guest"
"""A member of the group mien, and of no other."""


def contents(box: Box) -> dict[str, tuple[float, ...]]:
    """Return what an installation could have to do with: every path, and its kind, owner, size and time."""
    found: dict[str, tuple[float, ...]] = {}
    for file in (file for folder in WATCHED for file in sorted((box.root / folder).rglob("*"))):
        path = file.relative_to(box.root)
        if STATE not in path.parents and (facts := file.lstat()) and not file.is_dir():
            found[str(path)] = (facts.st_mode, facts.st_uid, facts.st_gid, facts.st_size, facts.st_mtime)
    return found


def test_a_fresh_machine_becomes_a_box_in_minutes(installation: Installation, box: Box) -> None:
    assert installation.seconds < 300, installation.words
    assert "All is well." in installation.words, "it ends with what mien doctor says"
    status = box.status()
    assert status["songs"] == {"loaded": 23, "missing": 0}
    assert status["problems"] == []
    assert (box.root / SETTINGS).read_text() == WORDS_OF_SETTINGS, "the owner's settings were there first"


def test_doctor_passes_for_the_owner_in_a_login_of_their_own(box: Box) -> None:
    assert "All is well." in box.mien("doctor")


def test_the_box_starts_at_boot_without_a_network(box: Box) -> None:
    interfaces = box.succeed(["ip", "-brief", "address"]).split()
    assert [word for word in interfaces if word.endswith(("UP", "lo"))] == ["lo"], "this machine has no network"
    box.shut_down()
    box.boot()
    assert box.wait_for("idle")["problems"] == []
    assert "mien.service" in box.succeed(["systemctl", "list-dependencies", "multi-user.target"])


def test_a_second_run_changes_nothing_and_is_quick(make_box: Callable[..., Box], measured: dict[str, float]) -> None:
    box = make_box(online=True)
    box.wait_for("idle")
    before, daemon = contents(box), box.main_process()
    words, seconds = install(box)
    measured["second installation"] = seconds
    assert seconds < 20, words
    total = next(line for line in words.splitlines() if "Grand total" in line).split()
    everything, changed, failed, unchanged = total[-4:]
    assert (changed, failed, unchanged) == ("-", "-", everything), words
    assert contents(box) == before
    assert box.main_process() == daemon, "the daemon went on"


def test_a_dry_run_tells_what_would_change_and_changes_nothing(fresh: Callable[[str], Box], face: Path) -> None:
    with fresh("dry") as box:
        furnish(box, face)
        box.succeed(["sh", "-c", "apt-get update -q && apt-get install -q -y --no-install-recommends python3-venv"])
        before = contents(box)
        words, _ = install(box, "--dry-run")
        assert "packages of the system" in words
        assert contents(box) == before
        assert "mien" not in box.succeed(["cat", "/etc/passwd", "/etc/group"]).replace(CHECKOUT, "")


def test_an_installation_that_was_killed_is_resumed(fresh: Callable[[str], Box], face: Path) -> None:
    moments = {  # what is seen first when the installer has come so far: a path, or a package
        "the installer's own environment": "/opt/mien/installer/bin/python",
        "packages": "/usr/lib/x86_64-linux-gnu/libvlc.so.5",
        "the software": "/opt/mien/versions/*/bin/python",
        "songs": "/var/lib/mien/music/*.ogg",
    }
    with fresh("killed") as box:
        furnish(box, face)
        for moment, path in moments.items():
            kill_at(box, path, moment)
        words, _ = install(box)
        assert "All is well." in words
        assert box.wait_for("idle")["problems"] == []


def kill_at(box: Box, path: str, moment: str) -> None:
    """Run the installer, and kill -9 all of it as soon as a path appears."""
    words = box.folder / f"installer-{moment.replace(' ', '-')}"

    def there() -> bool:
        return any(box.root.glob(path.lstrip("/")))

    if there():
        return  # the run before was quicker than its killer
    with (
        words.open("w") as output,
        subprocess.Popen(
            box.inside(["sh", "-c", INSTALL], user=OWNER), stdout=output, stderr=subprocess.STDOUT
        ) as running,
    ):
        box.wait_until(lambda: there() or running.poll() is not None, moment, seconds=900)
        box.run(["pkill", "-KILL", "-f", "install.sh|pyinfra|pip|apt-get|dpkg"])
        running.wait(200)
    assert there(), f"it ended before its time:\n{words.read_text(errors='replace')[-4000:]}"


@pytest.fixture
def shared_box(make_box: Callable[..., Box]) -> Box:
    """A box whose owner has songs for it, and let a guest into the group mien."""
    box = make_box(online=True)
    box.wait_for("idle")
    box.succeed(["useradd", "--groups=mien", GUEST])
    for name in (
        "sub/zz-planted.ogg",
        "zz-leaf.ogg",
        "state/history.sqlite.ogg",
        "pipe.ogg",
        "good/song.ogg",
        "cover.jpg",
    ):
        box.write(SONGS / name, f"sound of {name}")
    (box.root / SONGS / "shadow.ogg").symlink_to("/etc/shadow")
    return box


def of_root(box: Box) -> dict[str, tuple[float, ...]]:
    """What only root may write, and no installation changes."""
    return {path: facts for path, facts in contents(box).items() if not path.startswith(str(MUSIC))}


def test_root_writes_through_no_link_that_a_guest_has_put_into_the_music_folder(shared_box: Box) -> None:
    box = shared_box
    planted = {
        "sub": "/etc",
        "zz-leaf.ogg": "/etc/zz-leaf",
        "state": "/var/lib/mien/state",
        ".mien.unfinished": "/etc/zz",
    }
    for name, target in planted.items():
        box.succeed(["ln", "-s", target, f"/{MUSIC}/{name}"], user=GUEST)
    box.succeed(["mkfifo", f"/{MUSIC}/pipe.ogg"], user=GUEST)
    for name, target in {"shadow": "/etc/shadow", "sudoers": "/etc/sudoers.d"}.items():
        box.succeed(["ln", "-s", target, f"/{STATE}/{name}"], user="mien")
    state = sorted(path.name for path in (box.root / STATE).iterdir())
    before = of_root(box)

    words, _ = install(box, f"--music /{SONGS}")

    assert of_root(box) == before
    assert sorted(path.name for path in (box.root / STATE).iterdir()) == state
    music = {name: box.root / MUSIC / name for name in ("zz-leaf.ogg", "pipe.ogg", "good/song.ogg")}
    assert {name: path.read_text() for name, path in music.items()} == {name: f"sound of {name}" for name in music}
    assert not any(path.is_symlink() for path in music.values())
    assert {path.stat().st_mode & 0o7777 for path in music.values()} == {0o664}
    assert not (box.root / MUSIC / "cover.jpg").exists()
    assert not (box.root / MUSIC / "shadow.ogg").exists()
    assert "shadow.ogg: a link that leads out of the folder" in words
    assert "sub/zz-planted.ogg: something stands in its way in the music folder (sub is a link" in words
    assert "state/history.sqlite.ogg: something stands in its way" in words
    assert "All is well." in words
    box.succeed(["rm", f"/{MUSIC}/good/song.ogg"], user=GUEST)  # as before, members look after the music


def test_a_folder_of_music_that_a_guest_swaps_for_a_link_leads_root_nowhere(shared_box: Box) -> None:
    box = shared_box
    for number in range(300):
        box.write(SONGS / f"album/{number}.ogg", "sound")
    before = of_root(box)
    swap = (
        f"cd /{MUSIC} && until [ -e /run/over ]; do mv album own-$$; ln -s /etc album; rm album; mv own-$$ album; done"
    )
    with subprocess.Popen(
        box.inside(["sh", "-c", swap], user=GUEST), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as guest:
        try:
            install(box, f"--music /{SONGS}")
        finally:
            box.succeed(["touch", "/run/over"])
            guest.wait(200)
    assert of_root(box) == before


def test_uninstalling_leaves_what_is_the_owners(make_box: Callable[..., Box]) -> None:
    box = make_box(online=True)
    box.wait_for("idle")
    of_the_owner = ("etc/mien/", "var/lib/mien/")
    before = {path: facts for path, facts in contents(box).items() if path.startswith(of_the_owner)}
    install(box, "--uninstall")
    left = contents(box)
    assert {path: facts for path, facts in left.items() if path.startswith(of_the_owner)} == before
    others = [path for path in left if "mien" in path and path not in before]
    assert others == [], "software, service and rule are gone"
    assert box.run(["systemctl", "is-active", "mien"]).stdout.strip() == "inactive"

    words, _ = install(box)
    assert "All is well." in words, "and may come back"


def test_purging_leaves_nothing(make_box: Callable[..., Box]) -> None:
    box = make_box(online=True)
    box.wait_for("idle")
    install(box, "--uninstall", "--purge")
    assert [path for path in contents(box) if "mien" in path] == []
    assert not (box.root / "var/lib/mien").exists()
    assert "mien" not in box.succeed(["cat", "/etc/passwd", "/etc/group"])


@pytest.mark.parametrize("option", [["--wheels", "/nowhere"], ["--purge"], ["--frobnicate"]])
def test_a_wrong_option_is_refused_before_anything_happens(box: Box, option: list[str]) -> None:
    before = contents(box)
    finished = box.run(["sh", "-c", f"cd {CHECKOUT} && sudo ./deploy/install.sh {' '.join(option)}"], user=OWNER)
    assert finished.returncode == 2
    assert option[0] in finished.stdout
    assert contents(box) == before


def test_a_read_only_root_with_everything_in_memory_works(make_box: Callable[..., Box]) -> None:
    box = make_box(overlaid=True)
    assert box.wait_for("idle")["problems"] == []
    box.mien("press")
    assert box.wait_for("playing")["problems"] == []


def test_a_read_only_root_with_only_state_and_run_folders_works(make_box: Callable[..., Box]) -> None:
    state = "/var/lib/mien/state"
    box = make_box(read_only=True, memory=[state])
    box.wait_for("idle")
    assert box.run(["touch", "/etc/x"]).returncode
    assert box.run(["touch", "/var/lib/mien/releases/x"]).returncode
    box.mien("press")
    assert box.wait_for("playing")["problems"] == []
    assert "history.sqlite" in box.succeed(["ls", state])
