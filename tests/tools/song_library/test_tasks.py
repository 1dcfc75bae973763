from pathlib import Path

import pytest

from device.errors import ModelError
from tools.song_library.tasks import ModelRef, listen

SHIPPED = Path(__file__).parents[3] / "models" / "music_emotion"


def test_a_worker_that_does_not_see_the_model_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="does not see this music model"):
        listen(tmp_path, ModelRef(tmp_path / "elsewhere", "0" * 64), "song.mp3")


def test_a_worker_that_sees_another_model_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not the music model that was asked for"):
        listen(tmp_path, ModelRef(SHIPPED, "0" * 64), "song.mp3")
