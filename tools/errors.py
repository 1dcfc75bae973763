"""What can go wrong on the workstation, beside the errors of ``device.errors``."""

import sys
from importlib.util import find_spec

from device.errors import MienError

_EXTRAS = {
    "workstation": (
        *("ai_edge_litert", "av", "bokeh", "gevent", "jinja2", "markupsafe", "matplotlib", "mutagen", "numpy"),
        *("pathspec", "pyinfra", "pyinfra_cli", "rich", "soundfile", "tflite_runtime"),
    ),
    "training": ("cv2", "distributed", "flatbuffers", "google", "gpiozero", "keras", "tensorflow", "vlc"),
}
"""Which extra of mien brings which library, by the name of its module; the smaller extra comes first."""
_LAST_WITH_TENSORFLOW = (3, 11)


class DatasetError(MienError):
    """A data set is missing, or a file of it is not in its documented form."""

    exit_code = 65  # EX_DATAERR of sysexits.h


class TrainingError(MienError):
    """A training or a conversion cannot go on."""


class AudioError(MienError):
    """A file of music cannot be decoded."""

    exit_code = 65


class PictureError(MienError):
    """A picture cannot be written."""

    exit_code = 73  # EX_CANTCREAT of sysexits.h


class PlaylistError(MienError):
    """A playlist cannot be made of what was asked for."""

    exit_code = 64  # EX_USAGE of sysexits.h


class CacheError(MienError):
    """What songs sounded like cannot be stored or read."""

    exit_code = 74  # EX_IOERR


class ClusterError(MienError):
    """The machines that were asked to listen cannot be used."""

    exit_code = 69  # EX_UNAVAILABLE


class FleetError(MienError):
    """A box cannot be reached, or does not do what it was asked to."""

    exit_code = 69


class ExtraError(MienError):
    """A library is not installed, and an extra of mien brings it."""

    exit_code = 69

    @classmethod
    def of(cls, module: str) -> "ExtraError | None":
        """Name the extra that brings a module, and the line that installs it; None for a module of no extra."""
        library = module.partition(".")[0]
        extra = next((extra for extra, libraries in _EXTRAS.items() if library in libraries), None)
        if extra is None:
            return None
        what = f"{library} is not installed, which comes with mien's extra {extra}"
        if library in {"tensorflow", "keras", "google", "flatbuffers"} and sys.version_info[:2] > _LAST_WITH_TENSORFLOW:
            what += " on Python 3.11 for Linux"
        return cls(what, mend=f"in mien's folder: ./tools/install.sh {extra}")


def need_libraries(*modules: str) -> None:
    """Look for libraries, by the names of their modules, without loading them.

    :raises ExtraError: naming the first that is missing.
    """
    for module in modules:
        if find_spec(module) is None and (missing := ExtraError.of(module)):
            raise missing
