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

from tools.digests import digest
from tools.errors import AudioError, DatasetError
from tools.music_emotion.datasets.songs import AnnotatedSongs, Passed
from tools.music_emotion.model.head import Floats
from tools.music_emotion.model.model_input import INPUT_VERSION, excerpts_of
from tools.music_emotion.model.music_model import MusicModel

_FIGURES = 4  # valence, arousal and the deviation of each


@dataclass(frozen=True, slots=True)
class JudgedSongs:
    """Those songs of a set that could be heard, and what the model says: ``places`` and ``deviations``, ``(n, 2)``."""

    songs: AnnotatedSongs
    places: Floats
    deviations: Floats


@dataclass(slots=True)
class CachedPredictions:
    """What a music model says of songs, remembered from run to run.

    :param memory: the folder that gets ``judgements-<version of the model>-<of its input>.jsonl``, a line a song.
    :raises DatasetError: if that file cannot be written.
    """

    model: MusicModel
    memory: Path
    _known: dict[str, tuple[float, ...]] = field(init=False)
    """Valence, arousal and their deviations, by the sha256 of the file."""

    def __post_init__(self) -> None:
        """Remember earlier judgements."""
        try:
            self.memory.mkdir(parents=True, exist_ok=True)
            self._file.touch()
            self._known = _recall(self._file)
        except OSError as error:
            what = f"{self._file}: what the model says cannot be kept there ({error.strerror})"
            raise DatasetError(what, mend="name a folder that you can write to with --cache") from error

    def judge(self, songs: AnnotatedSongs, progress: Callable[[], None]) -> JudgedSongs:
        """Judge every song of a set; those that cannot be heard join ``songs.passed`` with the reason.

        :param progress: called after every song.
        """
        figures: dict[int, tuple[float, ...]] = {}
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
                figures[row] = heard
            progress()
        said = np.array(list(figures.values()), dtype=np.float64).reshape(-1, _FIGURES)
        chosen = songs.select(np.array(list(figures), dtype=np.intp))
        return JudgedSongs(replace(chosen, passed=(*songs.passed, *passed)), said[:, :2], said[:, 2:])

    @property
    def _file(self) -> Path:
        return self.memory / f"judgements-{self.model.version}-{INPUT_VERSION}.jsonl"

    def _remember(self, content_hash: str, heard: tuple[float, ...]) -> None:
        if content_hash not in self._known:
            self._known[content_hash] = heard
            with self._file.open("a", encoding="utf-8") as file:
                file.write(json.dumps([content_hash, *heard]) + "\n")

    def _hear(self, path: Path) -> tuple[float, ...]:
        said = self.model.judge(excerpts_of(path).audio)
        return said.valence, said.arousal, said.sigma_valence, said.sigma_arousal


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


def _recall(file: Path) -> dict[str, tuple[float, ...]]:
    """Read judgements; a line that was torn when a run was stopped counts as not there."""
    known = {}
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            content_hash, *figures = json.loads(line)
            said = tuple(float(figure) for figure in figures)
        except (ValueError, TypeError):
            continue
        if len(said) == _FIGURES:
            known[str(content_hash)] = said
    return known
