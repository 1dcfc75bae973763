import signal
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# No deadline, nor a limit to how long examples may take to draw: laws are about results, and machines slow by turns.
settings.register_profile("mien", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("mien")

with suppress(ImportError):  # Python 3.12 and later have LiteRT instead
    import tflite_runtime.interpreter  # noqa: F401 - after tensorflow this process could run no int8 model with it


# A shell that starts the tests in the background lets them ignore Ctrl-C, and with them every process they start.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def fake_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An ALSA card named Fake that writes what it is given to ``heard.raw``; returns the kernel's list of cards.

    There is no device ``default``: what goes anywhere else fails.
    """
    configuration = tmp_path / "asound.conf"
    configuration.write_text(
        f"""pcm.plughw {{
            @args [ CARD ]
            @args.CARD {{ type string }}
            type file
            slave.pcm {{ type null }}
            file {tmp_path}/heard.raw
            format raw
        }}""",
        encoding="utf-8",
    )
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(configuration))
    cards = tmp_path / "cards"
    cards.write_text(" 0 [Fake           ]: Fake-Card - A file\n                      A file\n", encoding="utf-8")
    return cards
