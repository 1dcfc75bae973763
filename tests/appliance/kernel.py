"""A kernel that can play a Pi's parts, and the little that it needs to find its disk.

Debian trixie's own kernel has no gpio-sim; the one in trixie-backports has. Its packages are only unpacked: no
bootloader, no initramfs-tools. The image inside an x86 ``vmlinuz`` is taken out, since QEMU starts it at once, while
the machine's emulated processor would unpack it for seconds; on arm64 it is not packed.
"""

import lzma
import re
import shutil
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from architecture import AMD64, Architecture
from roots import mirror
from store import carry_out, kept, key_of, need

SUITE = "trixie-backports"
_SHELL = ("trixie", "busybox-static")
"""What the kernel's first program is written in, and the suite that has it."""
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_DISK_MODULES = ("virtio_mmio", "virtio_blk", "ext4")
PART_MODULES = ("gpio-sim", "snd-aloop")
"""The modules that play a Pi's lines and a sound card."""

_SETUP_SECTORS, _MAGIC, _PAYLOAD = 0x1F1, 0x202, 0x248  # Documentation/arch/x86/boot.rst
_X86 = b"HdrS"
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
    architecture: Architecture

    @property
    def image(self) -> Path:
        """The kernel, unpacked."""
        return self.folder / "vmlinux"

    @property
    def initrd(self) -> Path:
        """Modules for the disk, and an init of eight lines that mounts it."""
        return self.folder / "initrd.img"

    @property
    def modules(self) -> Path:
        """The content of ``/usr/lib/modules``: only what plays a Pi's parts, unpacked."""
        return self.folder / "modules"


def kernel(architecture: Architecture = AMD64) -> Kernel:
    """Return the newest kernel of trixie-backports; 15 s the first time.

    It is the one that was newest when it was fetched first: remove the folder to have a newer one.
    """
    key = key_of([SUITE, _INIT, *_DISK_MODULES, *PART_MODULES])
    return Kernel(kept(f"kernel{architecture.mark}-{key}", lambda folder: _make(folder, architecture)), architecture)


def _make(folder: Path, architecture: Architecture) -> None:
    need("depmod", "kmod")
    need("zstd", "zstd")
    unpacked = folder / "unpacked"
    for package in _fetch(folder / "packages", architecture.debian):
        carry_out(["dpkg-deb", "-x", package, unpacked])
    tree = next((unpacked / "usr" / "lib" / "modules").iterdir())
    carry_out(["depmod", "-b", unpacked / "usr", tree.name])
    _unpack(tree / "vmlinuz", folder / "vmlinux")
    initrd = _initrd((unpacked / "usr" / "bin" / "busybox").read_bytes(), _with_dependencies(tree, _DISK_MODULES))
    (folder / "initrd.img").write_bytes(initrd)
    kept_modules = folder / "modules" / tree.name
    kept_modules.mkdir(parents=True)
    for module in _with_dependencies(tree, PART_MODULES):
        (kept_modules / module.stem).write_bytes(lzma.decompress(module.read_bytes()))
    for leftover in ("unpacked", "packages"):
        shutil.rmtree(folder / leftover)


def _fetch(folder: Path, architecture: str) -> list[Path]:
    """Download the packages of the kernel's image and modules, by whatever names the newest kernel has today."""
    shell_suite, shell = _SHELL
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True)
    sources = folder / "sources.list"
    origin = f"deb [arch={architecture} signed-by={_KEYRING}] {mirror()}"
    sources.write_text(f"{origin} {SUITE} main\n{origin} {shell_suite} main\n", encoding="utf-8")
    options = [f"APT::Architecture={architecture}", f"APT::Architectures::={architecture}", "Acquire::Languages=none"]
    options += [f"Dir::Etc::sourcelist={sources}", "Dir::Etc::sourceparts=/dev/null", f"APT::Default-Release={SUITE}"]
    options += [f"Dir::State::lists={folder}/lists", f"Dir::Cache={folder}/cache", "APT::Sandbox::User=root"]
    apt = [f"-o{option}" for option in options]
    carry_out(["apt-get", *apt, "--quiet", "update"])
    newest = f"linux-image-{architecture}"
    dependencies = carry_out(["apt-cache", *apt, "depends", "--important", newest])
    found = re.search(rf"linux-image-(\d\S*-{architecture})", dependencies)
    if found is None:
        pytest.fail(f"{SUITE} has no {newest}", pytrace=False)
    names = [f"linux-{part}-{found[1]}" for part in ("binary", "modules")]
    carry_out(["apt-get", *apt, "--quiet", "download", *names, shell], cwd=folder)
    return sorted(folder.glob("*.deb"))


def _unpack(vmlinuz: Path, elf: Path) -> None:
    image = vmlinuz.read_bytes()
    if not image.startswith(_X86, _MAGIC):
        shutil.copy(vmlinuz, elf)
        return
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


def _initrd(busybox: bytes, modules: Sequence[Path]) -> bytes:
    insmod = "\n".join(f"$B insmod /{module.stem}" for module in modules)
    archive = b"".join(_entry(name, 0o040755) for name in ("bin", "dev", "root"))
    archive += _entry("bin/busybox", 0o100755, busybox)
    for module in modules:  # unpacked: the emulated processor would take its time
        archive += _entry(module.stem, 0o100644, lzma.decompress(module.read_bytes()))
    return archive + _entry("init", 0o100755, _INIT.format(insmod=insmod).encode()) + _entry("TRAILER!!!", 0)


def _entry(name: str, mode: int, data: bytes = b"") -> bytes:
    """One entry of a cpio archive in the kernel's format ("newc")."""
    path = name.encode() + b"\0"
    fields = [0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(path), 0]
    header = b"070701" + b"".join(b"%08x" % field for field in fields) + path
    return header + bytes(-len(header) % 4) + data + bytes(-len(data) % 4)
