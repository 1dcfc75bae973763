"""Naming files by their content."""

import hashlib
from pathlib import Path

from tools.digests import digest, joint_digest


def test_the_digest_is_the_sha256_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"abc")
    assert digest(tmp_path / "a.csv") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_the_digest_of_several_files_is_the_one_of_sha256sums_list_by_name() -> None:
    listing = b"11  a.png\n22  b.png\n"
    assert joint_digest({"b.png": "22", "a.png": "11"}) == hashlib.sha256(listing).hexdigest()
    assert joint_digest({"b.png": "11", "a.png": "22"}) != joint_digest({"b.png": "22", "a.png": "11"})
