"""The kinds of processor that a virtual machine can have, and how QEMU plays each."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from store import carry_out, need


@dataclass(frozen=True, slots=True)
class Architecture:
    """One kind of processor, by the names that everybody gives it."""

    debian: str
    """Debian's name: ``amd64``."""
    machine: str
    """The kernel's name and that of Python's wheels: ``x86_64``."""
    qemu: Sequence[str]
    """The emulator, and the machine that it is to play."""
    qemu_package: str
    """The apt package that the emulator is in."""
    console: str
    """The kernel's name of the serial line."""
    mark: str = ""
    """What its things in the store end with, before their key."""


AMD64 = Architecture(
    debian="amd64",
    machine="x86_64",
    # Without what guards a kernel's memory, and costs an emulator 4 % of the processor time until the daemon is ready.
    qemu=(
        *("qemu-system-x86_64", "-M", "q35", "-accel", "tcg,thread=multi"),
        *("-cpu", "max,la57=off,smap=off,smep=off,pku=off"),
    ),
    qemu_package="qemu-system-x86",
    console="ttyS0",
)
ARM64 = Architecture(
    debian="arm64",
    machine="aarch64",
    # The Pi 4's own processor.
    qemu=("qemu-system-aarch64", "-M", "virt", "-accel", "tcg,thread=multi", "-cpu", "cortex-a72"),
    qemu_package="qemu-system-arm",
    console="ttyAMA0",
    mark="-arm64",
)

_FORMATS = Path("/proc/sys/fs/binfmt_misc")
_RULES = Path("/usr/lib/binfmt.d")


def let_programs_run(architecture: Architecture) -> None:
    """See that this machine's kernel hands programs of another architecture to QEMU, in a chroot as well.

    systemd does so when it boots; where something else did, as in a container, it is made up for, until the next boot.
    """
    if architecture.machine == platform.machine():
        return
    emulator = f"qemu-{architecture.machine}"
    need(f"{emulator}-static", "qemu-user-static")
    need("arch-test", "arch-test")  # mmdebstrap asks it
    if not (_FORMATS / "register").exists():
        carry_out(["mount", "-t", "binfmt_misc", "binfmt_misc", _FORMATS])
    if not (_FORMATS / emulator).exists():
        (_FORMATS / "register").write_bytes((_RULES / f"{emulator}.conf").read_bytes().strip())
