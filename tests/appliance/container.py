"""A Debian machine in a container: real systemd, on a layer of its own over a root that stays pristine."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import pytest
from cgroups import ControlGroups
from network import Cable
from store import carry_out, need

T = TypeVar("T")

_ENVIRONMENT = ("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8")
_BOOT_SECONDS = 300
_STOP_SECONDS = 200
_PATIENCE_SECONDS = 200
"""For whatever comes by itself: nothing is shown by how long it took, and the machine below may have much to do."""
_LOOK_AGAIN_SECONDS = 0.05


@dataclass
class Container:
    """One machine; a context manager that boots it, and takes it and its layer away in the end."""

    name: str
    """Its host name, unlike any other's that runs at the time."""
    layers: Sequence[Path]
    """What its file system is made of, topmost first; nothing of it is changed."""
    folder: Path
    """Where its own layer is kept, an empty folder at first."""
    cable: Cable | None = None
    """Its network; without one it has none."""
    online: bool = False
    """Whether it shares this machine's network, to fetch packages; its sshd then does not run."""
    binds: Mapping[str, Path] = field(default_factory=dict)
    """Folders of this machine that it sees read-only, by their path inside."""
    shared: Mapping[str, Path] = field(default_factory=dict)
    """Folders of this machine that it may write to, by their path inside."""
    read_only: bool = False
    """Whether its root is read-only; /run, /tmp and ``memory`` are not."""
    memory: Sequence[str] = ()
    """Folders of it that are kept in memory, as ``PATH`` or ``PATH:OPTIONS``."""
    overlaid: bool = False
    """Whether its root is read-only below a layer in memory, as Raspberry Pi OS's overlay file system has it."""
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _leader: int = field(default=0, init=False)

    @property
    def layer(self) -> Path:
        """What was written, in a form that another container can take as its topmost layer."""
        return self.folder / "layer"

    @property
    def root(self) -> Path:
        """Its file system as this machine sees it; /run and /tmp are the container's own."""
        return self.folder / "root"

    def __enter__(self) -> Self:
        """Boot it."""
        need("systemd-nspawn", "systemd-container")
        scratch = self.folder / "scratch"
        for folder in (self.layer, self.root, scratch):
            folder.mkdir(parents=True, exist_ok=True)
        layers = f"lowerdir={':'.join(map(str, self.layers))},upperdir={self.layer},workdir={scratch}"
        carry_out(["mount", "-t", "overlay", "-o", layers, "mien", self.root])
        try:
            self._prepare()
            self.boot()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take it away, running or not; its layer stays."""
        self._remove()

    def boot(self) -> None:
        """Start it, and wait until systemd has started everything."""
        self._leader = 0
        with (self.folder / "console").open("wb") as console:
            command = ControlGroups(self.name).entered_by(self._nspawn())
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT, start_new_session=True
            )
        self._leader = self.wait_until(self._find_leader, "its first process")
        if ControlGroups(self.name).hand_over(self._leader):
            self.wait_until(lambda: not self.run(["systemctl", "daemon-reexec"]).returncode, "its new control groups")
        states = {"running", "degraded"}
        asked = ["systemctl", "is-system-running"]
        self.wait_until(lambda: self.run(asked).stdout.strip() in states, "the end of its boot", seconds=_BOOT_SECONDS)

    def shut_down(self) -> None:
        """Stop it in good order."""
        if self._process is not None and self._process.poll() is None:
            os.kill(self._leader, signal.SIGRTMIN + 4)  # how a power key speaks to systemd
        self.wait_until_off()

    def wait_until_off(self, seconds: float = _STOP_SECONDS) -> int:
        """Wait until it has switched itself off, and return 0, or 133 if it wants to start again instead."""
        assert self._process is not None
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            pytest.fail(f"{self.name} is not off after {seconds:g} s:\n{self.journal()[-4000:]}", pytrace=False)

    def kill(self) -> None:
        """Pull its plug."""
        if self._process is not None and self._process.poll() is None:
            os.kill(self._leader or self._process.pid, signal.SIGKILL)  # with the leader all the others end
            self._process.wait(_STOP_SECONDS)

    def run(
        self, command: Sequence[str | Path], *, user: str = "root", seconds: float = _PATIENCE_SECONDS
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in it, as ``user``; the result has what it printed, standard error included."""
        return subprocess.run(
            self.inside(command, user=user),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
        )

    def inside(self, command: Sequence[str | Path], *, user: str = "root") -> list[str]:
        """Return a command of this machine that runs ``command`` in it."""
        become = [] if user == "root" else ["runuser", "-u", user, "--"]
        enter = ["nsenter", f"--target={self._leader}", "--all", "--root", "--wd", "env", "-i", *_ENVIRONMENT, *become]
        return [*enter, *map(str, command)]

    def succeed(self, command: Sequence[str | Path], *, user: str = "root", seconds: float = _PATIENCE_SECONDS) -> str:
        """Run a command that must succeed, and return what it printed."""
        finished = self.run(command, user=user, seconds=seconds)
        if finished.returncode:
            what = f"{self.name}: {' '.join(map(str, command))} ended with {finished.returncode}"
            pytest.fail(f"{what}:\n{finished.stdout[-6000:]}", pytrace=False)
        return finished.stdout

    def journal(self, unit: str | None = None) -> str:
        """Return the journal's lines, of one unit or all; of a machine that is off only if its root can be written."""
        command = ["journalctl", "--no-pager", "--output=short-iso", *([] if unit is None else ["--unit", unit])]
        if self.read_only or self.overlaid:
            return self.run(command).stdout
        return carry_out([*command, "--directory", self.root / "var/log/journal"])

    def wait_until(self, condition: Callable[[], T], what: str, *, seconds: float = _PATIENCE_SECONDS) -> T:
        """Wait until ``condition()`` is true, and return its value; fail with the journal if it never is."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := condition():
                return found
            time.sleep(_LOOK_AGAIN_SECONDS)
        seen = self.journal()[-6000:] or (self.folder / "console").read_text(errors="replace")[-2000:]
        return pytest.fail(f"{self.name}: waited {seconds:g} s in vain for {what}\n{seen}", pytrace=False)

    def _prepare(self) -> None:
        """Lay out what a machine has and a fresh root has not: a kept journal, a name, and no sshd on our own port."""
        journal = self.root / "var/log/journal"
        shutil.rmtree(journal, ignore_errors=True)  # what the layers below went through
        journal.mkdir(parents=True)
        (self.root / "etc/hostname").write_text(f"{self.name}\n")
        (self.root / "etc/hosts").write_text(f"127.0.0.1 localhost\n127.0.1.1 {self.name}\n")
        sshd = self.root / "etc/systemd/system/ssh.service"
        sshd.unlink(missing_ok=True)
        if self.cable is None:
            sshd.symlink_to("/dev/null")

    def _nspawn(self) -> list[str]:
        command = ["systemd-nspawn", "--quiet", "--boot", f"--directory={self.root}", f"--machine={self.name}"]
        command += ["--console=pipe", "--register=no", "--link-journal=no", "--kill-signal=SIGRTMIN+3"]
        command.append("--capability=CAP_IPC_LOCK")  # for units to be given, none has it by itself
        if not Path("/run/systemd/system").is_dir():
            command.append("--keep-unit")  # nobody here who could give it a unit of its own
        if self.cable:
            command.append(f"--network-namespace-path=/run/netns/{self.cable.namespace}")
        elif not self.online:
            command.append("--private-network")
        command.append("--resolv-conf=copy-host" if self.online else "--resolv-conf=off")
        command += [f"--bind-ro={outside}:{inside}" for inside, outside in self.binds.items()]
        command += [f"--bind={outside}:{inside}" for inside, outside in self.shared.items()]
        command += [f"--tmpfs={folder}" for folder in self.memory]
        command += ["--volatile=overlay"] * self.overlaid + ["--read-only"] * self.read_only
        return command

    def _find_leader(self) -> int:
        """Return the container's first process as this machine numbers it, 0 as long as there is none."""
        assert self._process is not None
        number = self._process.pid
        assert self._process.poll() is None, (self.folder / "console").read_text(errors="replace")
        with suppress(OSError):
            for child in Path(f"/proc/{number}/task/{number}/children").read_text().split():
                if Path(f"/proc/{child}/comm").read_text().strip() == "systemd":
                    return int(child)
        return 0

    def _remove(self) -> None:
        self.kill()
        ControlGroups(self.name).remove()
        carry_out(["umount", "--lazy", self.root])
        shutil.rmtree(self.folder / "scratch", ignore_errors=True)
