"""The disk of a virtual machine: Debian with a Pi's parts, on which the real installer has put the box."""

import os
import shutil
from pathlib import Path

import pytest
from architecture import let_programs_run
from blueprint import GUEST, PARTS, TRIXIE, Blueprint
from kernel import kernel
from roots import debian_root
from store import carry_out, kept, key_of, need
from wheelhouse import REPOSITORY, contents_of, wheelhouse

from deploy.software import SOURCES
from tools.releases.packing import pack_release

_NOT_ON_THIS_MACHINE = (  # each takes the emulated processor a part of a second, and changes nothing for a box
    *("getty@tty1.service", "serial-getty@ttyS0.service", "apt-daily.timer", "apt-daily-upgrade.timer"),
    *("dpkg-db-backup.timer", "fstrim.timer", "e2scrub_reap.service", "systemd-binfmt.service", "ldconfig.service"),
    *("systemd-hwdb-update.service", "systemd-journal-catalog-update.service", "systemd-update-done.service"),
    *("systemd-pcrphase.service", "systemd-pcrphase-sysinit.service", "systemd-pcrmachine.service"),
    *("systemd-tpm2-setup.service", "systemd-tpm2-setup-early.service", "systemd-pstore.service"),
    *("systemd-firstboot.service", "systemd-sysusers.service", "sys-kernel-debug.mount", "sys-kernel-tracing.mount"),
    *("dev-hugepages.mount", "dev-mqueue.mount", "sys-fs-fuse-connections.mount", "systemd-timesyncd.service"),
    *("systemd-networkd.service", "systemd-networkd.socket", "systemd-network-generator.service"),
    *("systemd-udev-load-credentials.service", "systemd-networkd-persistent-storage.service"),
)
SECOND_RELEASE = f"{PARTS}/second-release"
SECOND_RELEASE_ID = "2031.1.1"
_FACES = 12
_FACE_SIZE = (640, 480)
_SIZE = "1600M"
_SOURCES = ("deploy", "models", *SOURCES, "requirements-box.txt", "requirements-installer.txt")


def machine_image(blueprint: Blueprint = TRIXIE) -> Path:
    """Return a raw ext4 image of a machine, which stays as it is; two minutes the first time.

    One of another architecture takes longer, since what is installed in it runs in an emulator.
    """
    let_programs_run(blueprint.architecture)
    root = _root_with_parts(blueprint, _clip())
    wheels = wheelhouse(blueprint.python, blueprint.architecture.machine)
    key = key_of([root.name, wheels.name, _SIZE, *contents_of(_SOURCES), *_NOT_ON_THIS_MACHINE])
    name = f"machine{blueprint.architecture.mark}-{key}"
    return kept(name, lambda folder: _install(folder, root, wheels)) / "disk.img"


def _clip() -> Path:
    """Return the film of a face that the virtual camera shows."""
    clip = Path(os.environ.get("MIEN_CLIPS", REPOSITORY / "build/clips/feat/tests/data")) / "WolfgangLanger_Pexels.mp4"
    if not clip.is_file():
        pytest.fail(f"{clip} is missing: tools/prepare.sh test fetches it", pytrace=False)
    return clip


def _root_with_parts(blueprint: Blueprint, clip: Path) -> Path:
    root = debian_root(blueprint.suite, blueprint.packages, blueprint.architecture)
    core = kernel(blueprint.architecture)
    guest = [(GUEST / name).read_bytes() for name in sorted([*blueprint.places, "requirements.txt"])]
    key = key_of([root.name, core.folder.name, str(sorted(blueprint.places.items())), clip.read_bytes(), *guest])

    def make(folder: Path) -> None:
        carry_out(["cp", "-a", "--reflink=auto", root, folder])
        shutil.copytree(core.modules, folder / "usr" / "lib" / "modules")
        for modules in core.modules.iterdir():
            carry_out(["depmod", "-b", folder / "usr", modules.name])
        blueprint.bring_libraries(folder / blueprint.modules)
        _place_parts(blueprint, folder)
        _film(clip, folder / PARTS / "faces")

    return kept(f"root-with-parts{blueprint.architecture.mark}-{key}", make)


def _place_parts(blueprint: Blueprint, root: Path) -> None:
    """Install what plays a Pi's parts."""
    for name, place in blueprint.places.items():
        target = root / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(GUEST / name, target)
    units = root / "etc" / "systemd" / "system"
    wants = units / "sysinit.target.wants"
    wants.mkdir(exist_ok=True)
    (wants / "pi-parts.service").symlink_to("../pi-parts.service")
    for unit in _NOT_ON_THIS_MACHINE:
        (units / unit).unlink(missing_ok=True)
        (units / unit).symlink_to("/dev/null")
    (root / "etc" / "hostname").write_text("mien\n")
    (root / "etc" / "machine-id").write_text("uninitialized\n")
    carry_out(["chroot", root, "groupadd", "--system", "gpio"])


def _film(clip: Path, folder: Path) -> None:
    """Cut a clip into the pictures that the virtual camera shows, one after the other and over again."""
    import cv2

    folder.mkdir()
    film = cv2.VideoCapture(str(clip))
    for number in range(_FACES):
        whole, picture = film.read()
        if not whole:
            pytest.fail(f"{clip} has only {number} pictures", pytrace=False)
        cv2.imwrite(str(folder / f"{number:03d}.jpg"), cv2.resize(picture, _FACE_SIZE))


def _install(folder: Path, root: Path, wheels: Path) -> None:
    need("systemd-nspawn", "systemd-container")
    need("mke2fs", "e2fsprogs")
    folder.mkdir()
    tree = folder / "root"
    carry_out(["cp", "-a", "--reflink=auto", root, tree])
    nspawn = ["systemd-nspawn", "--quiet", f"--directory={tree}", "--register=no", "--keep-unit", "--private-network"]
    binds = [f"--bind-ro={REPOSITORY}:/checkout", f"--bind-ro={wheels}:/wheels"]
    told = carry_out([*nspawn, *binds, "/checkout/deploy/install.sh", "--wheels", "/wheels"])
    (folder / "install.log").write_text(told, encoding="utf-8")
    pack_release(shutil.copytree(REPOSITORY / "models", tree / SECOND_RELEASE), SECOND_RELEASE_ID)
    carry_out(["mke2fs", "-q", "-t", "ext4", "-E", "root_owner=0:0", "-d", tree, folder / "disk.img", _SIZE])
    shutil.rmtree(tree)
