"""What can go wrong on the workstation, beside the errors of ``device.errors``."""

from device.errors import MienError


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
