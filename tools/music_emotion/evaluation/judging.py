"""Lets a music model judge the songs of data sets, hearing each just as the analysis of a library does.

What was judged is remembered in a folder by the file's content and the model's version, so that a run that was stopped
goes on where it was, and a second run hears only what is new.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from device.emotion.labels import SONG_LABELS
from device.emotion.vectors import Vectors
from tools.digests import digest
from tools.errors import AudioError, DatasetError
from tools.music_emotion.datasets.songs import AnnotatedSongs, Passed
from tools.music_emotion.model.head import Floats
from tools.music_emotion.model.model_input import INPUT_VERSION, excerpts_of
from tools.music_emotion.model.music_model import Judgement, MusicModel, shares_of

_FIGURES = 4  # valence, arousal and the deviation of each


@dataclass(frozen=True, slots=True)
class JudgedSongs:
    """Those songs of a set that could be heard, and what the model says of each.

    ``k`` is that of the rectangles whose shares the model learnt; None where it draws them, with any k.
    """

    songs: AnnotatedSongs
    said: tuple[Judgement, ...]
    k: float | None = None

    @property
    def places(self) -> Floats:
        """Valence and arousal, ``(n, 2)``."""
        return np.array([(one.valence, one.arousal) for one in self.said]).reshape(-1, 2)

    @property
    def deviations(self) -> Floats:
        """σ of valence and arousal, ``(n, 2)``."""
        return np.array([(one.sigma_valence, one.sigma_arousal) for one in self.said]).reshape(-1, 2)

    def shares(self, k: float) -> Vectors:
        """Return the shares of the song labels, ``(n, 8)`` in percent, as the song table gets them; n ≥ 1."""
        return shares_of(self.said, k)


@dataclass(slots=True)
class CachedPredictions:
    """What a music model says of songs, remembered from run to run.

    :param memory: the folder that gets ``judgements-<version of the model>-<of its input>.jsonl``, a line a song.
    :raises DatasetError: if that file cannot be written.
    """

    model: MusicModel
    memory: Path
    _known: dict[str, Judgement] = field(init=False)
    """By the sha256 of the file."""

    def __post_init__(self) -> None:
        """Remember earlier judgements."""
        try:
            self.memory.mkdir(parents=True, exist_ok=True)
            self._file.touch()
            self._known = _recall(self._file, 0 if self.model.k is None else len(SONG_LABELS))
        except OSError as error:
            what = f"{self._file}: what the model says cannot be kept there ({error.strerror})"
            raise DatasetError(what, mend="name a folder that you can write to with --cache") from error

    def judge(self, songs: AnnotatedSongs, progress: Callable[[], None]) -> JudgedSongs:
        """Judge every song of a set; those that cannot be heard join ``songs.passed`` with the reason.

        :param progress: called after every song.
        """
        judgements: dict[int, Judgement] = {}
        passed: list[Passed] = []
        for row, path in enumerate(songs.paths):
            try:
                content_hash = digest(path)
                heard = self._known.get(content_hash) or self._hear(path)
            except AudioError as error:
                passed.append(Passed(songs.ids[row], error.what.removeprefix(f"{path}: ")))
            except OSError as error:
                passed.append(Passed(songs.ids[row], f"cannot be read ({error.strerror})"))
            else:
                self._remember(content_hash, heard)
                judgements[row] = heard
            progress()
        chosen = songs.select(np.array(list(judgements), dtype=np.intp))
        return JudgedSongs(replace(chosen, passed=(*songs.passed, *passed)), tuple(judgements.values()), self.model.k)

    @property
    def _file(self) -> Path:
        return self.memory / f"judgements-{self.model.version}-{INPUT_VERSION}.jsonl"

    def _remember(self, content_hash: str, heard: Judgement) -> None:
        if content_hash not in self._known:
            self._known[content_hash] = heard
            figures = (heard.valence, heard.arousal, heard.sigma_valence, heard.sigma_arousal, *(heard.percent or ()))
            with self._file.open("a", encoding="utf-8") as file:
                file.write(json.dumps([content_hash, *figures]) + "\n")

    def _hear(self, path: Path) -> Judgement:
        return self.model.place(self.model.embed(excerpts_of(path, self.model.hearing).audio))


def judge_sets(sets: Sequence[AnnotatedSongs], model: MusicModel, memory: Path, console: Console) -> list[JudgedSongs]:
    """Judge the songs of all sets, drawing a bar for each set, and remembering in the folder ``memory``.

    :raises DatasetError: if ``memory`` cannot be written.
    :raises AudioError: if not one song can be heard.
    """
    predictions = CachedPredictions(model, memory)
    columns = (TextColumn("listening to {task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    judged = []
    with Progress(*columns, console=console) as bars:
        for songs in sets:
            bar = bars.add_task(songs.name, total=len(songs))
            judged.append(predictions.judge(songs, partial(bars.advance, bar)))
    if not any(len(said.songs) for said in judged):
        first = next((entry for said in judged for entry in said.songs.passed), None)
        why = f"; {first.song}: {first.reason}" if first else ""
        what = f"{', '.join(songs.name for songs in sets)}: not one song can be heard{why}"
        raise AudioError(what, mend="look whether the files of sound are there, and whether a player can play them")
    return judged


def _recall(file: Path, shares: int) -> dict[str, Judgement]:
    """Read judgements of so many shares each; a line that was torn when a run was stopped counts as not there."""
    known = {}
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            content_hash, *figures = json.loads(line)
            said = tuple(float(figure) for figure in figures)
        except (ValueError, TypeError):
            continue
        if len(said) == _FIGURES + shares:
            known[str(content_hash)] = Judgement(said[0], said[1], said[2], said[3], said[_FIGURES:] or None)
    return known
