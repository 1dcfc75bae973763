"""How a transfer goes on, by what rsync says."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tools.transfers import Lines, Progress, Transfer

SAID = (
    b"building file list ...\n 0 files...\r3 files to consider\na/x.ogg\n"
    b"\r         32,768   0%    0.00kB/s    0:00:00  \r      3,309,568  55%    2.93MB/s    0:00:00  "
    b"\r      6,000,000 100%    2.96MB/s    0:00:01 (xfr#1, to-chk=1/3)\na 45% song.ogg\n"
    b"\r        1.000.000  33%  539.33kB/s    0:00:04  \r"
)
"""The words of rsync 3.2.7, with the dots that it has in Germany."""


@pytest.mark.parametrize("length", [1, 7, 10_000])
def test_the_words_of_rsync_are_understood_in_pieces_of_any_length(length: int) -> None:
    shown: list[Progress] = []
    transfer = Transfer(4, 20_000_000, shown.append, clock=lambda: 0.0)
    for start in range(0, len(SAID), length):
        transfer.hear(SAID[start : start + length])
    assert (shown[-1].bytes_done, shown[-1].files_done) == (7_000_000, 1)
    transfer.pass_part(2, 9_000_000)
    assert shown[-1] == Progress(9_000_000, 20_000_000, 2, 4)
    transfer.hear(b"\r 999,999,999,999  99%\r" + b"x" * 100_000 + b"\n")
    assert shown[-1].bytes_done == 20_000_000, "no more than all"
    transfer.pass_part(2, 11_000_000)
    assert shown[-1].is_over


def test_the_time_left_follows_the_speed_of_late() -> None:
    now, shown = [0.0], list[Progress]()
    transfer = Transfer(1, 100_000, shown.append, clock=lambda: now[0])
    for second in range(100):
        now[0] = float(second)
        done = 50_000 + second if second < 50 else 50_050 + 1000 * (second - 50)  # what was there by half goes fast
        transfer.hear(f"\r {done:,}  50%\r".encode())
    assert shown[0].seconds_left is None
    assert shown[49].seconds_left == pytest.approx(49_951)
    assert shown[99].seconds_left == pytest.approx(0.95, abs=0.01)
    assert shown[49].text() == "50.0 kB of 100.0 kB, 0 of 1 file, 13 h 52 min left"
    transfer.pass_part(1, 100_000)
    assert shown[-1].text() == "100.0 kB of 100.0 kB, 1 of 1 file"


def test_lines_come_now_and_then_and_a_short_transfer_has_none() -> None:
    now, said = [0.0], list[str]()
    lines = Lines(said.append, clock=lambda: now[0])
    lines.show("short", Progress(5, 10, 0, 1))
    lines.show("short", Progress(10, 10, 1, 1))
    assert said == []
    for second in range(100):
        now[0] = float(second)
        lines.show("long", Progress(second, 100, 0, 1))
    lines.show("long", Progress(100, 100, 1, 1))
    assert [line.split()[1] for line in said] == ["5", "35", "65", "95", "100"]


@pytest.mark.skipif(not shutil.which("rsync"), reason="rsync is missing: apt rsync")
def test_the_rsync_of_this_machine_is_understood(tmp_path: Path) -> None:
    for name, size in (("one.ogg", 3_000_000), ("two.ogg", 1000)):
        (tmp_path / "from").mkdir(exist_ok=True)
        (tmp_path / "from" / name).write_bytes(b"x" * size)
    shown: list[Progress] = []
    transfer = Transfer(2, 3_001_000, shown.append)
    words = ["rsync", "--progress", "--recursive", f"{tmp_path}/from/", f"{tmp_path}/to/"]
    transfer.hear(subprocess.run(words, capture_output=True, check=True).stdout)
    assert (shown[-1].bytes_done, shown[-1].files_done) == (3_001_000, 2)
