"""The one door through which a music model's folder becomes a music model."""

from pathlib import Path
from typing import Any

from device.errors import ModelError
from device.files.untrusted import Fields, open_regular, parse_json, plain, read_at_most
from tools.music_emotion.model.label_network import NETWORK_KINDS, LabelNetwork
from tools.music_emotion.model.music_model import CARD, READABLE_SCHEMAS, MusicModel
from tools.music_emotion.model.musicnn_va import PLACE, MusicnnVa

_MOST_CARD_BYTES = 2**20
_MEND = "copy the music model again, or train one with mien-tools train-music"
_OLD_KEYS = ("sample_rate", "n_fft", "hop_length", "n_mels", "patch_frames")
"""By which a card of schema 1 says what the model hears."""


def load_music_model(folder: Path) -> MusicModel:
    """Load the model of a folder, of whichever kind its card says it is.

    :raises ModelError: if a file is missing or unreadable, or the parts do not belong together.
    """
    card = read_card(folder)
    try:
        if card["answers"]["kind"] == PLACE:
            return MusicnnVa(folder, card)
        return LabelNetwork(folder, card)
    except ValueError as error:
        raise _unreadable(folder / CARD, error) from error


def read_card(folder: Path) -> dict[str, Any]:
    """Read a music model's ``card.json``; one of schema 1 is returned in the words of schema 2.

    :raises ModelError: if it is missing or broken, or describes another kind of model than this mien can use.
    """
    path = folder / CARD
    try:
        with open_regular(path, follow_links=True) as file:
            content = parse_json(read_at_most(file, _MOST_CARD_BYTES))
        card = Fields(content)
        card.need("schema", "version", "golden_tolerance_steps")
        card.text("version", "")
        card.whole("golden_tolerance_steps", 0, most=255)
        schema = card.whole("schema", 0)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    if schema not in READABLE_SCHEMAS:
        what = f"{path}: schema is {schema}, and this mien reads {' and '.join(map(str, READABLE_SCHEMAS))}"
        raise ModelError(what, mend=_MEND)
    described: dict[str, Any] = content if schema != 1 else _renewed(path, content)
    try:
        parts = {name: Fields(described.get(name), name) for name in ("hears", "answers", "table")}
        kind = parts["answers"].text("kind", "")
    except ValueError as error:
        raise _unreadable(path, error) from error
    if kind not in (PLACE, *NETWORK_KINDS):
        what = f"{path}: a model that answers {plain(repr(kind), most=80)} is unknown to this mien"
        raise ModelError(what, mend=_MEND)
    return described


def _renewed(path: Path, card: dict[str, Any]) -> dict[str, Any]:
    """Return a card of schema 1 as one of schema 2 would say it."""
    if not all(key in card for key in (*_OLD_KEYS, "sigma")):
        what = f"{path}: an earlier mien trained this model, and did not write down how a song table is made from it"
        raise ModelError(what, mend="train it again with mien-tools train-music and the same --architecture and --data")
    return {
        **card,
        "hears": {key: card[key] for key in _OLD_KEYS},
        "answers": {"kind": PLACE},
        "table": {"sigma": card["sigma"]},
    }


def _unreadable(path: Path, error: Exception) -> ModelError:
    return ModelError(f"{path}: the model card cannot be read ({plain(str(error), most=300)})", mend=_MEND)
