"""A connector for pyinfra over the system's own ssh; as ``@openssh/HOST`` it serves pyinfra's own commands as well."""

import shlex
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, TypedDict

from pyinfra.api.command import StringCommand
from pyinfra.api.exceptions import ConnectError
from pyinfra.connectors.base import BaseConnector, DataMeta
from pyinfra.connectors.util import CommandOutput, OutputLine, extract_control_arguments, make_unix_command_for_host

from tools.fleet.ssh import Address, Connection, Ended, Limits, TooMuchSaidError, last_line

_FOR_A_PERSON_SECONDS = 600.0
"""Somebody may be typing a passphrase."""
_MOST_GREETING_BYTES = 1024 * 1024


class ConnectionData(TypedDict):
    """What an inventory may say of a box, by the names that pyinfra's own connector takes."""

    ssh_hostname: str
    ssh_port: int
    ssh_user: str
    ssh_key: str
    ssh_config_file: str
    ssh_known_hosts_file: str
    ssh_strict_host_key_checking: str
    ssh_may_ask: bool


class OpenSSHConnector(BaseConnector):
    """One box, reached by the command ``ssh``."""

    handles_execution = True
    data_cls = ConnectionData
    data_meta = {  # noqa: RUF012 - pyinfra's own form
        "ssh_hostname": DataMeta("Name or address (default: the name in the inventory)", ""),
        "ssh_port": DataMeta("Port", 0),
        "ssh_user": DataMeta("Login", ""),
        "ssh_key": DataMeta("File of the private key", ""),
        "ssh_config_file": DataMeta("File to read instead of ~/.ssh/config", ""),
        "ssh_known_hosts_file": DataMeta("File of the hosts' keys", ""),
        "ssh_strict_host_key_checking": DataMeta("What to do about an unknown host: yes, accept-new or no", ""),
        "ssh_may_ask": DataMeta("Whether ssh may ask the person at the terminal", default=False),
    }

    address: Address
    connection: Connection
    complaint: str = ""
    """What ssh had to say when it did not get there."""
    sudo: tuple[str, ...] = ()
    """What goes before a command that needs to be root's."""

    @staticmethod
    def make_names_data(name: str) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
        """Take ``@openssh/HOST`` in an inventory."""
        yield f"@openssh/{name}", {"ssh_hostname": name}, []

    def connect(self) -> None:
        """Reach the box, and learn whether its commands need sudo.

        :raises ConnectError: with ssh's own words.
        """
        data: ConnectionData = self.data
        self.address = Address(
            host=data["ssh_hostname"] or self.host.name,
            port=data["ssh_port"],
            user=data["ssh_user"],
            key=data["ssh_key"],
            config_file=data["ssh_config_file"],
            known_hosts_file=data["ssh_known_hosts_file"],
            host_key_checking=data["ssh_strict_host_key_checking"],
            connect_seconds=self.state.config.CONNECT_TIMEOUT,
            may_ask=data["ssh_may_ask"],
        )
        self.connection = Connection(self.address)
        seconds = _FOR_A_PERSON_SECONDS if data["ssh_may_ask"] else 2.0 * self.state.config.CONNECT_TIMEOUT
        try:
            user = self._log_in(seconds)
        except ConnectError:
            self.connection.close()
            raise
        self.sudo = () if user == "0" else ("sudo", "-n")

    def _log_in(self, seconds: float) -> str:
        """Return the number of the user that one is there; its shell may have greeted before."""
        try:
            found = self.connection.run("id -u", limits=Limits(seconds, _MOST_GREETING_BYTES))
        except subprocess.TimeoutExpired as error:
            msg = f"no command was carried out within {seconds:.0f} s"
            raise ConnectError(msg) from error
        except TooMuchSaidError as error:
            raise ConnectError(str(error)) from error
        except ValueError as error:  # a NUL in its name, say
            msg = f"the inventory says of it what no command can take: {error}"
            raise ConnectError(msg) from error
        if found.returncode:
            self.complaint = found.stderr.decode(errors="replace")
            raise ConnectError(last_line(found.stderr) or f"ssh ended with {found.returncode}")
        return last_line(found.stdout)

    def disconnect(self) -> None:
        """Let the connection go."""
        self.connection.close()

    def run_shell_command(
        self,
        command: StringCommand,
        *_printing: bool,
        **arguments: Any,  # noqa: ANN401 - pyinfra's many, here and below
    ) -> tuple[bool, CommandOutput]:
        """Run a command as pyinfra asks for it."""
        control = extract_control_arguments(arguments)  # type: ignore[arg-type]
        given = control.get("_stdin") or ""
        text = given if isinstance(given, str) else "".join(f"{line}\n" for line in given)
        ended = self._carry_out(command, arguments, text.encode(), control.get("_timeout"))
        lines = [
            OutputLine(name, line)
            for name, said in (("stdout", ended.stdout), ("stderr", ended.stderr))
            for line in said.decode(errors="replace").splitlines()
        ]
        return ended.returncode in (control.get("_success_exit_codes") or (0,)), CommandOutput(lines)

    def put_file(self, filename_or_io: str | IO[Any], remote_filename: str, *_others: object, **arguments: Any) -> bool:  # type: ignore[override] # noqa: ANN401
        """Write a file on the box with the rights of the command.

        :raises OSError: if it cannot be written.
        """
        content = Path(filename_or_io).read_bytes() if isinstance(filename_or_io, str) else filename_or_io.read()
        sent = content if isinstance(content, bytes) else content.encode()
        _succeeded(self._carry_out(StringCommand("cat", ">", shlex.quote(remote_filename)), arguments, sent))
        return True

    def get_file(self, remote_filename: str, filename_or_io: str | IO[Any], *_others: object, **arguments: Any) -> bool:  # type: ignore[override] # noqa: ANN401
        """Read a file of the box with the rights of the command.

        :raises OSError: if it cannot be read.
        """
        found = _succeeded(self._carry_out(StringCommand("cat", shlex.quote(remote_filename)), arguments, b""))
        if isinstance(filename_or_io, str):
            Path(filename_or_io).write_bytes(found)
        else:
            filename_or_io.write(found)
        return True

    def check_can_rsync(self) -> None:
        """Say nothing: it can."""

    def rsync(self, src: str, dest: str, flags: Iterable[str], *_printing: bool, **arguments: Any) -> bool:  # noqa: ANN401
        """Send files through the open connection.

        :raises OSError: with rsync's own words.
        """
        _succeeded(self.connection.send(src, dest, tuple(flags), before=self.sudo if arguments.get("_sudo") else ()))
        return True

    def _carry_out(
        self, command: StringCommand, arguments: dict[str, Any], given: bytes, seconds: float | None = None
    ) -> Ended:
        printing = {"print_output", "print_input"}
        rights = {name: value for name, value in arguments.items() if name not in printing}
        line = make_unix_command_for_host(self.state, self.host, command, **rights).get_raw_value()
        return self.connection.run(line, given=given, limits=Limits(seconds))


def _succeeded(ended: Ended) -> bytes:
    if ended.returncode:
        raise OSError(last_line(ended.stderr))
    return ended.stdout
