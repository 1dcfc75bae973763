"""The settings for a verb that asks the daemon, which may be well though the file on the disk was broken since."""

import os
from pathlib import Path

from device.commands._output import complain
from device.errors import AccessError, ConfigurationError, MienError
from device.settings.config_file import DEFAULT_FILE, load_configuration, salvaged_settings
from device.settings.sections import Settings
from device.status.control_socket import ControlClient


def settings_to_ask_by(file: Path | None, *, warn: bool = True) -> Settings:
    """Read the settings; if they are broken and a daemon answers all the same, those of them that can be read.

    :param file: as ``--config`` names it; None for the default one.
    :param warn: whether to say in one line that the file is broken; not for what tells the daemon's own word of it.
    :raises ConfigurationError: if they are broken, and no daemon answers where they lead.
    :raises AccessError: if they are broken, and this user may not ask whether one does.
    """
    try:
        return load_configuration(file).settings
    except ConfigurationError as error:
        path = file or DEFAULT_FILE
        if file is not None and not os.path.isfile(path):  # noqa: PTH113 - which is silent where it may not look
            raise  # a name that is mistyped, most likely; where nobody named a file, the daemon goes by the default one
        settings = salvaged_settings(path)
        try:
            ControlClient(settings.paths.control_socket).close()
        except AccessError:  # which comes first for somebody who may not ask
            raise
        except MienError:
            raise error from None
        if warn:
            first = error.what.partition("\n")[0]
            complain(f"the settings are broken, and the daemon goes on with those it began with: {first}")
        return settings
