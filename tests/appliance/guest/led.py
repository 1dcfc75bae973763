"""Looks at the LED's line: led.py SECONDS prints for how long it was low, high, low …, as JSON: [[level, seconds], …].

One look each half millisecond; lgpio dims with a hundred pulses a second, so a dimmed LED is a long list.
"""

import json
import sys
import time
from pathlib import Path

LINE = Path("/run/pi-parts/gpio27/value")


def main(seconds: float) -> None:
    """Look, and print."""
    runs: list[tuple[int, float]] = []
    with LINE.open() as line:
        began = now = time.monotonic()
        until, level = began + seconds, int(line.read())
        while now < until:
            time.sleep(0.0005)
            line.seek(0)
            seen, now = int(line.read()), time.monotonic()
            if seen != level:
                runs.append((level, now - began))
                began, level = now, seen
    print(json.dumps([*runs, (level, now - began)]))


main(float(sys.argv[1]))
