"""What a worker does with one file: tell what it is, and listen to it. These functions are sent to other processes."""

import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from device.errors import ModelError
from tools.audio.audio_hash import content_hash
from tools.audio.cut_off import whole_seconds
from tools.audio.stated_loudness import believed
from tools.audio.tags import read_tags
from tools.errors import AudioError, DatasetError
from tools.music_emotion.model.loading import load_music_model
from tools.music_emotion.model.model_input import excerpts_of
from tools.music_emotion.model.music_model import MusicModel
from tools.song_library.cache import Heard, Identified

_loaded = threading.local()


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a file cannot be a song, for a person."""

    reason: str


@dataclass(frozen=True, slots=True)
class ModelRef:
    """What every worker needs to listen: where the model is, and which one it must be."""

    model: Path
    backbone: str


def identify(music: Path, path: str) -> Identified | Refused:
    """Hash the sound of a file, whose path is relative to the music folder, and read its tags.

    :raises DatasetError: if this machine does not see the music folder.
    """
    file = music / path
    try:
        return Identified(content_hash(file), read_tags(file, music=music))
    except OSError as error:
        return _unreadable(music, error)


def listen(music: Path, model_ref: ModelRef, path: str) -> Heard | Refused:
    """Listen to a file, whose path is relative to the music folder.

    :raises DatasetError: if this machine does not see the music folder.
    :raises ModelError: if it does not see the model, or another one.
    """
    model, file = _model(model_ref), music / path
    try:
        excerpts = excerpts_of(file, model.hearing)
    except AudioError as error:
        return _unreadable(music, error.what.removeprefix(f"{file}: "))
    except OSError as error:
        return _unreadable(music, error)
    embedding = model.embed(excerpts.audio).astype(np.float32)
    loudness = believed(file, excerpts.loudness)
    return Heard(
        excerpts.seconds,
        embedding,
        whole_seconds(file, excerpts.seconds),
        loudness=loudness.integrated if loudness else None,
        true_peak=loudness.true_peak if loudness else None,
        leading_silence=min(excerpts.leading_silence, excerpts.seconds),
        trailing_silence=min(excerpts.trailing_silence, excerpts.seconds),
    )


def _model(model_ref: ModelRef) -> MusicModel:
    """Load the model once a thread: an interpreter is no two threads' to share, and Dask's workers may have several."""
    if getattr(_loaded, "model_ref", None) != model_ref:
        if not model_ref.model.is_dir():
            what = f"{model_ref.model}: a worker does not see this music model"
            raise ModelError(what, mend="name the folder of a music model that every worker sees under this path")
        model = load_music_model(model_ref.model)
        if model.backbone != model_ref.backbone:
            what = f"{model_ref.model}: not the music model that was asked for"
            raise ModelError(what, mend="let every worker see the same model, and the same version of mien, there")
        _loaded.model, _loaded.model_ref = model, model_ref
    loaded: MusicModel = _loaded.model
    return loaded


def _unreadable(music: Path, reason: OSError | str) -> Refused:
    """Refuse a file; but if the whole folder is away, every file would be, and that is no fault of theirs."""
    if not music.is_dir():
        what = f"{music}: a worker does not see this folder"
        raise DatasetError(what, mend="plug it in, or mount it under the same path on every worker")
    return Refused(reason if isinstance(reason, str) else f"cannot be read ({reason.strerror})")
