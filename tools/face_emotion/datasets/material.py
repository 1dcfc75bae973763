"""Gathers the face data sets and settles, once for each seed, which example may be used for what.

For each set, in this order:

1. rows that the set itself marks PublicTest or PrivateTest only measure, each kind apart;
2. a set without such rows holds out :data:`UNSEEN_SHARE` of its people, or, where it does not know them, of its films,
   or, where it knows neither, of its pictures; what remains of its Training rows may be learnt from;
3. of the set with the most such rows, and of every other with at least :data:`FEWEST_VALIDATED`,
   :data:`VALIDATION_SHARE` choose the best epoch, split by the same unit, and each set counts alike;
4. of the rest, a set whose labels are not wholly to be believed shares a part of each vote among all labels;
5. pictures that are identical, pixel for pixel, to one that measures are taken out of learning and validation.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from device.emotion.labels import FACE_LABELS
from tools.errors import DatasetError
from tools.face_emotion.datasets.collection import CKPLUS, FaceSet, Title, read_sets
from tools.face_emotion.datasets.examples import FaceExamples, join
from tools.face_emotion.datasets.splits import Unit, most_honest_unit, names_by, person_folds, unit_mask

VALIDATION_SHARE = 0.08
"""Share of a set's rows that choose the best epoch and are never learnt from."""

FEWEST_VALIDATED = 500
"""Rows below which a set beside a larger one gives none to choose by: it would choose by a few people."""

UNSEEN_SHARE = 0.2
"""Share of the people (films, pictures) of a set without test rows of its own that are kept for measuring."""

_TEST_USAGES = {"PublicTest": "public_test", "PrivateTest": "private_test"}
_WHAT: dict[Unit, str] = {"subject": "people", "sequence": "sequences", "frame": "pictures"}
_DUPLICATES = "identical to a picture that measures, so not learnt from"

FRAME_WARNING = (
    "Set aside picture by picture: near-duplicates of these pictures (the same person, the same film) may have been "
    "learnt from, which makes the score optimistic."
)
SEQUENCE_WARNING = (
    "Set aside film by film: other films of the same people may have been learnt from, which makes the score "
    "optimistic for people never seen."
)
_WARNINGS: dict[Unit, str] = {"subject": "", "sequence": SEQUENCE_WARNING, "frame": FRAME_WARNING}


@dataclass(frozen=True, slots=True)
class Source:
    """One set that was read: its name, its file or folder with the sha256, and its terms.

    ``examples`` is how many were used for anything, ``labels`` how many of each label.
    """

    name: str
    file: str
    sha256: str
    examples: int
    labels: Mapping[str, int]
    terms: str
    origin: str


@dataclass(frozen=True, slots=True)
class TestSet:
    """Examples that only measure the finished model.

    ``split`` says what was kept together when they were set aside: ``subject``, ``sequence`` or ``frame``, or
    ``usage`` where the set itself marks them. ``warning`` says why the score is optimistic; empty if it is not.
    """

    __test__: ClassVar = False  # pytest takes every Test… for tests

    title: str
    examples: FaceExamples
    split: str
    warning: str


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Disjoint sets of examples.

    ``learning`` moves the weights, ``validation`` chooses the epoch, ``learning_sets`` and ``validation_sets`` ``(n,)``
    name the set that each of their rows is of, ``tests`` only measure; they go by
    ``<set>_public_test``, ``<set>_private_test`` and ``<set>_unseen_<subjects, sequences or frames>``. ``dropped``
    counts what was read and is in none of them, by reason. ``split`` and ``limit`` are what
    :func:`gather_training_data` was given.
    """

    learning: FaceExamples
    learning_sets: NDArray[np.str_]
    validation: FaceExamples
    validation_sets: NDArray[np.str_]
    tests: Mapping[str, TestSet]
    sources: tuple[Source, ...]
    split: Unit | None
    dropped: Mapping[str, int]
    limit: int | None

    @property
    def labels(self) -> NDArray[np.int64]:
        """Indices, in order, of the labels that can be learnt: a network of seven labels has seven outputs."""
        return np.unique(self.learning.labels)


@dataclass(frozen=True, slots=True)
class _Divided:
    """A set whose test examples are set aside."""

    title: Title
    training: FaceExamples
    tests: Mapping[str, TestSet]
    unit: Unit


def gather_training_data(
    paths: Sequence[Path], *, seed: int, split: Unit | None = None, limit: int | None = None
) -> TrainingData:
    """Read all sets that the paths hold (see :mod:`tools.face_emotion.datasets.collection`) and split them.

    :param split: what a split keeps together, in every set; without it the most honest unit that each set knows.
    :param limit: use at most this many examples of each set, or, of one with test rows, of each ``Usage``.
    :raises DatasetError: if nothing is found, something is out of form, a set does not know the unit asked for, or
        there is too little of it.
    """
    return split_sets(read_sets(paths), seed=seed, split=split, limit=limit)


def split_sets(
    sets: Sequence[FaceSet], *, seed: int, split: Unit | None = None, limit: int | None = None
) -> TrainingData:
    """Split sets that were read, as :func:`gather_training_data` does."""
    few = [_few(faces, seed, limit) for faces in sets]
    return _assemble(few, [_divide(faces, seed, split) for faces in few], seed, split, limit)


def fold_by_person(faces: FaceSet, *, folds: int, seed: int) -> Iterator[TrainingData]:
    """Split one set several times, so that everybody in it is measured with exactly once.

    In each fold :data:`VALIDATION_SHARE` of the other people choose the epoch. What the set itself means its rows for
    does not count here.

    :param folds: how many; fewer where there are fewer people.
    :raises DatasetError: if the set does not name its people, or names fewer than three.
    """
    examples, title = faces.examples, faces.title
    names = names_by(examples, "subject")
    if names is None:
        raise _unknown(faces, "subject")
    for mask in person_folds(names, folds=folds, seed=seed):
        test = TestSet(f"{title.short}, people never learnt from", examples.select(mask), "subject", "")
        part = _Divided(title, examples.select(~mask), {f"{title.key}_unseen_subjects": test}, "subject")
        yield _assemble([faces], [part], seed, "subject", None)


def _assemble(
    sets: Sequence[FaceSet], divided: Sequence[_Divided], seed: int, split: Unit | None, limit: int | None
) -> TrainingData:
    """Choose the validation examples, and take out what measures; see the module's rules 3 to 5."""
    tests = {key: test for part in divided for key, test in part.tests.items()}
    largest = max(divided, key=lambda part: len(part.training))  # the first of equals
    chosen = [_choosing(part, largest, seed) for part in divided]
    if not any(mask.any() for mask in chosen):
        few = f"{largest.title.short}: too few examples to learn from ({len(largest.training)})"
        what = f"{few} to choose an epoch by some"
        raise DatasetError(what, mend="give more data, raise --limit, or name a finer --split")
    measuring = {crop.tobytes() for test in tests.values() for crop in test.examples.crops}
    rest = [_believed(part.training.select(~mask), part.title) for part, mask in zip(divided, chosen, strict=True)]
    chosen_by = [part.training.select(mask) for part, mask in zip(divided, chosen, strict=True)]
    names = [part.title.key for part in divided]
    learning, learning_sets = _joined(names, [_without(measuring, examples) for examples in rest])
    validation, validation_sets = _joined(names, [_without(measuring, examples) for examples in chosen_by])
    twice = sum(map(len, (*rest, *chosen_by))) - len(learning) - len(validation)
    if not (len(learning) and len(validation)):
        what = f"{', '.join(faces.file for faces in sets)}: every example to learn from is among those that measure"
        raise DatasetError(what, mend="give Training examples that are not the PublicTest or PrivateTest ones again")
    dropped = Counter({_DUPLICATES: twice})
    for faces in sets:
        dropped.update(faces.dropped)
    sources = tuple(_source(faces) for faces in sets)
    return TrainingData(learning, learning_sets, validation, validation_sets, tests, sources, split, +dropped, limit)


def _joined(names: Sequence[str], parts: Sequence[FaceExamples]) -> tuple[FaceExamples, NDArray[np.str_]]:
    """Put the sets' parts one after the other, and name the set of each row."""
    return join(parts), np.repeat(names, [len(examples) for examples in parts])


def _choosing(part: _Divided, largest: _Divided, seed: int) -> NDArray[np.bool_]:
    """Say which of a set's training rows choose the epoch."""
    if part is not largest and len(part.training) < FEWEST_VALIDATED:
        return np.zeros(len(part.training), dtype=np.bool_)
    return unit_mask(part.training, part.unit, share=VALIDATION_SHARE, seed=seed)


def _believed(examples: FaceExamples, title: Title) -> FaceExamples:
    """Share among all labels what of each vote the set's labels do not deserve."""
    shared = (1 - title.trust) / len(FACE_LABELS)
    return replace(examples, votes=(title.trust * examples.votes + np.float32(shared)).astype(np.float32))


def show_material(material: TrainingData, console: Console) -> None:
    """Print the examples by label of every set and of every use, what was dropped, and the warnings of the splits."""
    _show_table("read", {source.file: source.labels for source in material.sources}, console)
    uses = {"learning": material.learning.counts(), "validation": material.validation.counts()}
    tests = {test.title: test.examples.counts() for test in material.tests.values()}
    _show_table("used for", {**uses, **tests}, console)
    _show_dropped(material.dropped, console)
    for test in material.tests.values():
        if test.warning:
            console.print(f"{test.title}: {test.warning}", soft_wrap=True, style="yellow", markup=False)


def show_sets(sets: Sequence[FaceSet], console: Console) -> None:
    """Print the examples by label of every set, and what was dropped."""
    _show_table("read", {faces.file: faces.examples.counts() for faces in sets}, console)
    for faces in sets:
        _show_dropped(faces.dropped, console)


def _few(faces: FaceSet, seed: int, limit: int | None) -> FaceSet:
    """Keep at most ``limit`` examples, chosen at random but in their order; of each usage if some are for measuring."""
    if limit is None:
        return faces
    examples = faces.examples
    tested = np.isin(examples.usages, list(_TEST_USAGES)).any()
    parts = [examples.used_for(usage) for usage in ("Training", *_TEST_USAGES)] if tested else [examples]
    kept = [part.select(np.sort(np.random.default_rng(seed).permutation(len(part))[:limit])) for part in parts]
    return replace(faces, examples=join(kept))


def _divide(faces: FaceSet, seed: int, split: Unit | None) -> _Divided:
    examples, title = faces.examples, faces.title.short
    if split is not None and names_by(examples, split) is None:
        raise _unknown(faces, split)
    unit = split or most_honest_unit(examples)
    training = examples.used_for("Training")
    marked = {usage: examples.used_for(usage) for usage in _TEST_USAGES}
    if len(training) < len(examples):
        tests = {
            f"{faces.title.key}_{_TEST_USAGES[usage]}": TestSet(
                f"{title} {usage}", rows, "usage", _warning_of_usage(faces, training, rows)
            )
            for usage, rows in marked.items()
            if len(rows)
        }
        return _Divided(faces.title, training, tests, unit)
    unseen = unit_mask(training, unit, share=UNSEEN_SHARE, seed=seed)
    if not unseen.any() or unseen.all():
        what = f"{faces.file}: too few examples ({len(examples)}) to set some aside for measuring"
        raise DatasetError(what, mend="give several of each label, raise --limit, or name a finer --split")
    held = TestSet(f"{title}, {_WHAT[unit]} never learnt from", training.select(unseen), unit, _WARNINGS[unit])
    return _Divided(faces.title, training.select(~unseen), {f"{faces.title.key}_unseen_{unit}s": held}, unit)


def _unknown(faces: FaceSet, unit: Unit) -> DatasetError:
    what = f"{faces.file}: does not say which {unit} each picture shows"
    return DatasetError(what, mend="leave --split out, or name a unit that every set knows (frame always is)")


def _warning_of_usage(faces: FaceSet, training: FaceExamples, test: FaceExamples) -> str:
    """Say how the set's own choice of test rows flatters a model: their people or films are also learnt from."""
    people = names_by(faces.examples, "subject")
    if people is not None:
        met = len(np.intersect1d(training.subjects, test.subjects))
        of = len(np.unique(test.subjects))
        return f"{met} of its {of} people are also learnt from, which makes the score optimistic." if met else ""
    films = names_by(faces.examples, "sequence")
    if films is not None:
        return FRAME_WARNING if len(np.intersect1d(training.sequences, test.sequences)) else SEQUENCE_WARNING
    return FRAME_WARNING if faces.title is CKPLUS else ""


def _without(measuring: Collection[bytes], examples: FaceExamples) -> FaceExamples:
    """Leave out what measures, pixel for pixel."""
    return examples.select(np.array([crop.tobytes() not in measuring for crop in examples.crops], dtype=np.bool_))


def _source(faces: FaceSet) -> Source:
    return Source(
        name=faces.title.name,
        file=faces.file,
        sha256=faces.sha256,
        examples=len(faces.examples),
        labels=faces.examples.counts(),
        terms=faces.title.terms,
        origin=faces.title.origin,
    )


def _show_table(title: str, columns: Mapping[str, Mapping[str, int]], console: Console) -> None:
    table = Table("label", *columns, title=f"examples {title}", title_justify="left")
    for label in FACE_LABELS:
        table.add_row(label, *(str(counts[label]) for counts in columns.values()))
    table.add_row("all", *(str(sum(counts.values())) for counts in columns.values()))
    console.print(table)


def _show_dropped(dropped: Mapping[str, int], console: Console) -> None:
    for reason, count in dropped.items():
        console.print(f"dropped {count}: {reason}", soft_wrap=True, markup=False)
