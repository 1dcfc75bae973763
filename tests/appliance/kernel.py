"""A kernel that can play a Pi's parts, and the little that it needs to find its disk.

Debian trixie's own kernel has no gpio-sim; the one in trixie-backports has. Its three packages are only unpacked: no
bootloader, no initramfs-tools. The image inside ``vmlinuz`` is taken out, since QEMU starts it at once, while the
machine's emulated processor would unpack it for seconds.
"""

import lzma
import re
import shutil
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from roots import mirror
from store import carry_out, kept, key_of, need

SUITE = "trixie-backports"
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_DISK_MODULES = ("virtio_mmio", "virtio_blk", "ext4")
PART_MODULES = ("gpio-sim", "snd-aloop")
"""The modules that play a Pi's lines and a sound card."""

_SETUP_SECTORS, _PAYLOAD = 0x1F1, 0x248  # Documentation/arch/x86/boot.rst
_ZSTD = b"\x28\xb5\x2f\xfd"

_INIT = """#!/bin/busybox sh
B=/bin/busybox
$B mount -t devtmpfs none /dev
{insmod}
while [ ! -b /dev/vda ]; do $B sleep 0.05; done
$B mount -t ext4 -o rw,noatime /dev/vda /root || exec $B sh
$B mount --move /dev /root/dev
exec $B switch_root /root /sbin/init
"""


@dataclass(frozen=True, slots=True)
class Kernel:
    """What QEMU starts, and the modules that belong into the root file system."""

    folder: Path

    @property
    def image(self) -> Path:
        """The kernel as an ELF file."""
        return self.folder / "vmlinux"

    @property
    def initrd(self) -> Path:
        """Modules for the disk, and an init of eight lines that mounts it."""
        return self.folder / "initrd.img"

    @property
    def modules(self) -> Path:
        """The content of ``/usr/lib/modules``: only what plays a Pi's parts, unpacked."""
        return self.folder / "modules"


def kernel() -> Kernel:
    """Return the newest kernel of trixie-backports; 15 s the first time.

    It is the one that was newest when it was fetched first: remove the folder to have a newer one.
    """
    return Kernel(kept(f"kernel-{key_of([SUITE, _INIT, *_DISK_MODULES, *PART_MODULES])}", _make))


def _make(folder: Path) -> None:
    need("depmod", "kmod")
    need("busybox", "busybox-static")
    need("zstd", "zstd")
    unpacked = folder / "unpacked"
    for package in _fetch(folder / "packages"):
        carry_out(["dpkg-deb", "-x", package, unpacked])
    tree = next((unpacked / "usr" / "lib" / "modules").iterdir())
    carry_out(["depmod", "-b", unpacked / "usr", tree.name])
    _take_out_payload(tree / "vmlinuz", folder / "vmlinux")
    (folder / "initrd.img").write_bytes(_initrd(_with_dependencies(tree, _DISK_MODULES)))
    kept_modules = folder / "modules" / tree.name
    kept_modules.mkdir(parents=True)
    for module in _with_dependencies(tree, PART_MODULES):
        (kept_modules / module.stem).write_bytes(lzma.decompress(module.read_bytes()))
    for leftover in ("unpacked", "packages"):
        shutil.rmtree(folder / leftover)


def _fetch(folder: Path) -> list[Path]:
    """Download the packages of the kernel's image and modules, by whatever names the newest kernel has today."""
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True)
    sources = folder / "sources.list"
    sources.write_text(f"deb [signed-by={_KEYRING}] {mirror()} {SUITE} main\n", encoding="utf-8")
    options = [f"Dir::Etc::sourcelist={sources}", "Dir::Etc::sourceparts=/dev/null", "Acquire::Languages=none"]
    options += [f"Dir::State::lists={folder}/lists", f"Dir::Cache={folder}/cache", "APT::Sandbox::User=root"]
    apt = [f"-o{option}" for option in options]
    carry_out(["apt-get", *apt, "--quiet", "update"])
    dependencies = carry_out(["apt-cache", *apt, "depends", "--important", "linux-image-amd64"])
    found = re.search(r"linux-image-(\d\S*-amd64)", dependencies)
    if found is None:
        pytest.fail(f"{SUITE} has no linux-image-amd64", pytrace=False)
    names = [f"linux-{part}-{found[1]}" for part in ("binary", "modules")]
    carry_out(["apt-get", *apt, "--quiet", "download", *names], cwd=folder)
    return sorted(folder.glob("*.deb"))


def _take_out_payload(bzimage: Path, elf: Path) -> None:
    image = bzimage.read_bytes()
    offset, length = struct.unpack_from("<II", image, _PAYLOAD)
    start = (image[_SETUP_SECTORS] + 1) * 512 + offset
    packed = image[start : start + length - 4]  # the last four bytes tell the length unpacked
    if packed.startswith(_ZSTD):
        (archive := elf.with_suffix(".zst")).write_bytes(packed)
        carry_out(["zstd", "-dq", "--rm", archive, "-o", elf])
    else:
        elf.write_bytes(lzma.LZMADecompressor().decompress(packed))


def _with_dependencies(tree: Path, names: Sequence[str]) -> list[Path]:
    """Return the files of modules, each after those that it needs."""
    lines = (tree / "modules.dep").read_text(encoding="utf-8").splitlines()
    needs = {line.partition(":")[0]: line.partition(":")[2].split() for line in lines}
    by_name = {Path(path).name.partition(".")[0].replace("-", "_"): path for path in needs}
    ordered: list[str] = []
    for name in names:
        path = by_name.get(name.replace("-", "_"))
        if path is None:
            pytest.fail(f"the kernel {tree.name} has no module {name}", pytrace=False)
        ordered += [module for module in [*reversed(needs[path]), path] if module not in ordered]
    return [tree / path for path in ordered]


def _initrd(modules: Sequence[Path]) -> bytes:
    busybox = shutil.which("busybox")
    assert busybox is not None
    insmod = "\n".join(f"$B insmod /{module.stem}" for module in modules)
    archive = b"".join(_entry(name, 0o040755) for name in ("bin", "dev", "root"))
    archive += _entry("bin/busybox", 0o100755, Path(busybox).read_bytes())
    for module in modules:  # unpacked: the emulated processor would take its time
        archive += _entry(module.stem, 0o100644, lzma.decompress(module.read_bytes()))
    return archive + _entry("init", 0o100755, _INIT.format(insmod=insmod).encode()) + _entry("TRAILER!!!", 0)


def _entry(name: str, mode: int, data: bytes = b"") -> bytes:
    """One entry of a cpio archive in the kernel's format ("newc")."""
    path = name.encode() + b"\0"
    fields = [0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(path), 0]
    header = b"070701" + b"".join(b"%08x" % field for field in fields) + path
    return header + bytes(-len(header) % 4) + data + bytes(-len(data) % 4)
