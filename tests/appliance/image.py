"""The disk of the virtual machine: Debian trixie with a Pi's parts, on which the real installer has put the box."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from kernel import kernel
from roots import debian_root
from store import carry_out, kept, key_of, need
from wheelhouse import REPOSITORY, wheelhouse

sys.path.insert(0, str(REPOSITORY))
from deploy import layout
from tools.releases.packing import pack_release

PYTHON = "3.13"
"""Trixie's own Python."""

_GUEST = Path(__file__).parent / "guest"
_PACKAGES = (
    *("systemd-sysv", "udev", "dbus", "kmod", "python3", "qemu-guest-agent"),
    *("python3-libcamera", "libcamera-ipa", "python3-prctl", "python3-pil", "python3-numpy"),
    *layout.PACKAGES,
)
_DIST_PACKAGES = f"usr/local/lib/python{PYTHON}/dist-packages"
_PARTS = "usr/local/share/pi-parts"
_PLACES = {
    "pi-parts.service": "etc/systemd/system/pi-parts.service",
    "pi-parts.sh": f"{_PARTS}/pi-parts.sh",
    "pi-parts.rules": "etc/udev/rules.d/60-pi-parts.rules",
    "pi-parts.conf": "etc/systemd/system/mien.service.d/pi-parts.conf",
    "agent.conf": "etc/systemd/system/qemu-guest-agent.service.d/quiet.conf",
    "virtual.yaml": "usr/share/libcamera/pipeline/virtual/virtual.yaml",
    "virtual_camera.py": f"{_DIST_PACKAGES}/virtual_camera.py",
    "pykms.py": f"{_DIST_PACKAGES}/pykms.py",
    "mien.toml": "etc/mien/mien.toml",
    "press.sh": f"{_PARTS}/press.sh",
    "led.py": f"{_PARTS}/led.py",
    "busy.sh": f"{_PARTS}/busy.sh",
    "busy.toml": f"{_PARTS}/busy.toml",
    "soundness.py": f"{_PARTS}/soundness.py",
}
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
SECOND_RELEASE = f"{_PARTS}/second-release"
SECOND_RELEASE_ID = "2031.1.1"
_FACES = 12
_FACE_SIZE = (640, 480)
_SIZE = "1600M"
_SOURCES = ("deploy", "models", "device", "requirements-box.txt", "requirements-installer.txt")


def machine_image() -> Path:
    """Return a raw ext4 image of the machine, which stays as it is; two minutes the first time."""
    root = _root_with_parts(_clip())
    wheels = wheelhouse(PYTHON)
    key = key_of([root.name, wheels.name, _SIZE, *_contents(_SOURCES), *_NOT_ON_THIS_MACHINE])
    return kept(f"machine-{key}", lambda folder: _install(folder, root, wheels)) / "disk.img"


def _clip() -> Path:
    """Return the film of a face that the virtual camera shows."""
    clip = Path(os.environ.get("MIEN_CLIPS", REPOSITORY / "build/clips/feat/tests/data")) / "WolfgangLanger_Pexels.mp4"
    if not clip.is_file():
        pytest.fail(f"{clip} is missing: tools/prepare.sh test fetches it", pytrace=False)
    return clip


def _root_with_parts(clip: Path) -> Path:
    root, core = debian_root("trixie", _PACKAGES), kernel()
    guest = [file.read_bytes() for file in sorted(_GUEST.iterdir()) if file.is_file()]
    key = key_of([root.name, core.folder.name, str(sorted(_PLACES.items())), clip.read_bytes(), *guest])

    def make(folder: Path) -> None:
        carry_out(["cp", "-a", "--reflink=auto", root, folder])
        shutil.copytree(core.modules, folder / "usr" / "lib" / "modules")
        for modules in core.modules.iterdir():
            carry_out(["depmod", "-b", folder / "usr", modules.name])
        _place_parts(folder)
        _film(clip, folder / _PARTS / "faces")

    return kept(f"root-with-parts-{key}", make)


def _place_parts(root: Path) -> None:
    """Install what a Pi has in apt, and what plays its parts."""
    need("swig", "swig")
    site = root / _DIST_PACKAGES
    uv = [REPOSITORY / ".uv" / "bin" / "uv", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    uv.append("--compile-bytecode")
    python = REPOSITORY / ".venv313" / "bin" / "python"
    if not python.exists():
        pytest.fail(
            "no Python 3.13, which builds lgpio for trixie: install one, then tools/prepare.sh test", pytrace=False
        )
    environment = os.environ | {"PYPI": "1"}  # lgpio's own switch: bring the C library along
    carry_out([*uv, "--python", python, "--target", site, "-r", _GUEST / "requirements.txt"], env=environment)
    with (site / "picamera2" / "__init__.py").open("a", encoding="utf-8") as source:
        source.write("\nimport virtual_camera  # the appliance's\n")
    for name, place in _PLACES.items():
        target = root / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(_GUEST / name, target)
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


def _contents(names: tuple[str, ...]) -> Iterator[bytes]:
    for name in names:
        origin = REPOSITORY / name
        files = sorted(origin.rglob("*")) if origin.is_dir() else [origin]
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                yield str(file.relative_to(REPOSITORY)).encode() + b"\0" + file.read_bytes()
