"""A Debian machine under QEMU with a Pi's parts: lines, a camera, a sound card; and a plug that can be pulled.

The processor is emulated, which every host can do: KVM is neither needed nor used. So it is slow, by a factor of about
ten, and what is asserted of it is what it does, never how soon.
"""

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import pytest
from guest_agent import GuestAgent, GuestAgentError
from kernel import Kernel
from store import carry_out, need

T = TypeVar("T")

_COMMAND_LINE = (
    "root=/dev/vda rw panic=-1 quiet systemd.show_status=no systemd.gpt_auto=no systemd.getty_auto=no "
    # What protects a processor costs an emulated one dearly, and guards nothing here.
    "mitigations=off apparmor=0 audit=0 tsc=reliable random.trust_cpu=on transparent_hugepage=always"
)
_MEGABYTES = 1024
_BOOT_SECONDS = 400
_OFF_SECONDS = 200
_PATIENCE_SECONDS = 240
_LOOK_AGAIN_SECONDS = 0.2
_STUMBLED = "Oops: int3"
"""QEMU now and then (seen once in eighty boots) runs code as it was before the kernel, early in its boot, patched it on
the other processor. That is no fault of what is tested."""


@dataclass
class Machine:
    """One machine; a context manager that switches it on, and pulls the plug in the end.

    Its disk is a layer over an image that stays pristine, and outlives the plug: :meth:`switch_on` starts it again.
    """

    kernel: Kernel
    image: Path
    """A raw ext4 image of the root file system."""
    folder: Path
    """Where its own layer, its console and its sockets are kept."""
    _process: subprocess.Popen[bytes] | None = None
    _agent: GuestAgent | None = None

    def __enter__(self) -> Self:
        """Make the disk, and switch on."""
        need("qemu-img", "qemu-utils")
        self.folder.mkdir(parents=True, exist_ok=True)
        carry_out(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", self.image, self._disk])
        self.switch_on()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Pull the plug, if it is still in."""
        self.cut()
        self._disk.unlink(missing_ok=True)

    def switch_on(self) -> None:
        """Start it; it boots while you do other things."""
        need(self.kernel.architecture.qemu[0], self.kernel.architecture.qemu_package)
        with (self.folder / "console").open("wb") as console:
            self._process = subprocess.Popen(
                self._qemu(), stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT, start_new_session=True
            )

    def wait_until_up(self) -> None:
        """Wait until commands can be run in it; one whose emulator stumbled is switched on again."""

        def answer() -> GuestAgent | None:
            if not self._is_on and _STUMBLED in self._printed():
                self.switch_on()
            try:
                return GuestAgent(self.folder / "agent")
            except (GuestAgentError, OSError):
                return None

        self._agent = self.wait_until(answer, "the end of its boot", seconds=_BOOT_SECONDS)

    def cut(self) -> None:
        """Pull the plug: nothing is told, and what was not yet written to the disk is gone."""
        if self._agent is not None:
            self._agent.close()
            self._agent = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def wait_until_off(self) -> None:
        """Wait until it has switched itself off."""
        assert self._process is not None
        try:
            self._process.wait(_OFF_SECONDS)
        except subprocess.TimeoutExpired:
            pytest.fail(f"the machine is not off after {_OFF_SECONDS} s:\n{self.console()}", pytrace=False)
        self.cut()

    def run(self, *command: str | Path, seconds: float = _PATIENCE_SECONDS) -> subprocess.CompletedProcess[str]:
        """Run a command in it as root; the result holds what it printed, standard error included."""
        assert self._agent is not None, "wait_until_up comes first"
        return self._agent.run([str(word) for word in command], seconds=seconds)

    def succeed(self, *command: str | Path, seconds: float = _PATIENCE_SECONDS) -> str:
        """Run a command that must succeed, and return what it printed."""
        finished = self.run(*command, seconds=seconds)
        if finished.returncode:
            what = f"{' '.join(map(str, command))} ended with {finished.returncode}"
            pytest.fail(f"{what}:\n{finished.stdout[-6000:]}", pytrace=False)
        return finished.stdout

    def read(self, path: str) -> bytes:
        """Return the content of a file in it."""
        assert self._agent is not None, "wait_until_up comes first"
        return self._agent.read(path)

    def journal(self, unit: str | None = None) -> str:
        """Return the journal's lines of this boot, of one unit or all."""
        chosen = [] if unit is None else ["--unit", unit]
        return self.succeed("journalctl", "--boot", "--no-pager", "--output=short-monotonic", *chosen)

    def console(self) -> str:
        """Return what the kernel and systemd have printed last."""
        return self._printed()[-4000:]

    def wait_until(self, condition: Callable[[], T | None], what: str, *, seconds: float = _PATIENCE_SECONDS) -> T:
        """Wait until ``condition()`` is true, and return its value; fail with the console if it never is."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            was_on = self._is_on  # asked first, so that one that goes off just now is still the condition's to mend
            if found := condition():
                return found
            if not (was_on or self._is_on):
                pytest.fail(f"the machine went off while waiting for {what}:\n{self.console()}", pytrace=False)
            time.sleep(_LOOK_AGAIN_SECONDS)
        journal = self.journal("mien")[-6000:] if self._agent else ""
        return pytest.fail(f"waited {seconds:g} s in vain for {what}\n{self.console()}\n{journal}", pytrace=False)

    @property
    def _is_on(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _printed(self) -> str:
        return (self.folder / "console").read_text(encoding="utf-8", errors="replace")

    @property
    def _disk(self) -> Path:
        return self.folder / "disk.qcow2"

    def _qemu(self) -> Sequence[str]:
        (self.folder / "agent").unlink(missing_ok=True)
        architecture = self.kernel.architecture
        socket = os.path.relpath(self.folder / "agent")  # an absolute path may be too long for a socket
        return (
            *("setpriv", "--pdeathsig=KILL"),  # it does not outlive a test run that was killed
            *("nice", "-n", "5", *architecture.qemu, "-smp", "2", "-m", str(_MEGABYTES)),
            *("-nographic", "-nodefaults", "-no-reboot", "-no-user-config"),
            *("-kernel", str(self.kernel.image), "-initrd", str(self.kernel.initrd)),
            *("-append", f"console={architecture.console} {_COMMAND_LINE}"),
            # A disk with a cache that a power cut empties: what the guest did not flush may be lost.
            *("-drive", f"file={self._disk},if=virtio,format=qcow2,cache=writeback"),
            *("-serial", "stdio", "-chardev", f"socket,id=agent,path={socket},server=on,wait=off"),
            *("-device", "virtio-serial", "-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0"),
        )
