"""A cable between this machine and a container: two addresses, and nothing beyond."""

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from store import carry_out, need

_NET = "198.18"  # set aside for testing networks: nobody's own


@dataclass(frozen=True)
class Cable:
    """A network namespace with one interface, wired to this machine; a context manager.

    :param number: tells cables apart, from 1 to 250.
    """

    number: int

    @property
    def namespace(self) -> str:
        """The network namespace's name, for ``ip netns`` and nspawn."""
        return f"mien-box-{self.number}"

    @property
    def address(self) -> str:
        """The container's address."""
        return f"{_NET}.{self.number}.2"

    @property
    def _here(self) -> str:
        return f"mien-host-{self.number}"

    def pull(self) -> None:
        """Let what is sent vanish, as when the other end has lost its power: nobody says good-bye."""
        carry_out(["ip", "link", "set", self._here, "down"])

    def plug(self) -> None:
        """Let what is sent arrive again."""
        carry_out(["ip", "link", "set", self._here, "up"])

    def __enter__(self) -> Self:
        """Lay the cable."""
        need("ip", "iproute2")
        here, there = self._here, f"mien-end-{self.number}"
        self.__exit__(None, None, None)  # one that a killed run left behind
        inside = ["ip", "-n", self.namespace]
        carry_out(["ip", "netns", "add", self.namespace])
        carry_out(["ip", "link", "add", here, "type", "veth", "peer", "name", there, "netns", self.namespace])
        carry_out(["ip", "address", "add", f"{_NET}.{self.number}.1/30", "dev", here])
        carry_out([*inside, "address", "add", f"{self.address}/30", "dev", there])
        for command in (["ip"], here), (inside, there), (inside, "lo"):
            carry_out([*command[0], "link", "set", command[1], "up"])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take it away; the namespace goes when the last that uses it has ended, the interfaces at once."""
        if Path("/sys/class/net", self._here).exists():
            carry_out(["ip", "link", "delete", self._here])
        if self.namespace in carry_out(["ip", "netns", "list"]).split():
            carry_out(["ip", "netns", "delete", self.namespace])
