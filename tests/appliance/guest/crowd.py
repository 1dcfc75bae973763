"""So many connections to the daemon, none of which is any good. Run by the box's own Python, as anybody in its group.

    crowd.py COUNT idle      each says nothing
    crowd.py COUNT slow      each says a byte now and then, and comes back when it is shown out

Says "there" once all have been let in or shown out again, and ends with its standard input.
"""

import select
import socket
import sys
import time
from contextlib import suppress

SOCKET = "/run/mien/control.sock"
PAUSE_SECONDS = 0.5


def connected() -> socket.socket:
    """Connect, however many stand in line."""
    while True:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(0)
        with suppress(BlockingIOError, ConnectionRefusedError):
            connection.connect(SOCKET)
            return connection
        connection.close()
        time.sleep(0.01)


def main() -> None:
    """Be a crowd."""
    count, slow = int(sys.argv[1]), sys.argv[2] == "slow"
    crowd = [connected() for _ in range(count)]
    print("there", flush=True)
    while not select.select([sys.stdin], [], [], PAUSE_SECONDS)[0]:
        for index, connection in enumerate(crowd if slow else []):
            try:
                connection.send(b" ")
            except OSError:
                connection.close()
                crowd[index] = connected()


main()
