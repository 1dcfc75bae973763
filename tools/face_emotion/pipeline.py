"""From labelled faces to the folder that a release carries, stage by stage, down the page."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
from rich.console import Console

from tools.errors import TrainingError
from tools.face_emotion.card import build_card
from tools.face_emotion.conversion import convert
from tools.face_emotion.datasets.material import Material, gather, show_material
from tools.face_emotion.datasets.splits import Unit
from tools.face_emotion.evaluation.calibration import build_in, fit_temperature
from tools.face_emotion.evaluation.measuring import measure_float, measure_int8, probabilities
from tools.face_emotion.golden import write_golden
from tools.face_emotion.readme import write_readme
from tools.face_emotion.training.checkpoints import Checkpoints
from tools.face_emotion.training.dlib_weights import WEIGHTS_SHA256, read_weights
from tools.face_emotion.training.settings import TrainingSettings
from tools.face_emotion.training.teachers import ARCHITECTURE as TEACHER
from tools.face_emotion.training.teachers import NETWORK_FILE, Teacher, load_teachers
from tools.face_emotion.training.training import Guidance, train
from tools.model_making.progress import ProgressBar


@dataclass(frozen=True, slots=True)
class Order:
    """One model to be made: from what, how, and where to."""

    data: Sequence[Path]
    """Labelled faces; ``split`` and ``limit`` are as for :func:`tools.face_emotion.datasets.material.gather`."""

    out: Path
    """The folder that gets the model."""

    settings: TrainingSettings
    split: Unit | None = None
    limit: int | None = None

    split_seed: int | None = None
    """Draws the splits in place of the settings' seed, so that several networks can share them."""

    teachers: Sequence[Path] = ()
    """Folders of networks to learn from; they must share the data and the splits."""

    features: Path | None = None
    """Folder of the weights that a teacher begins with; see :mod:`tools.face_emotion.training.dlib_weights`."""


def produce(order: Order, console: Console) -> dict[str, Any]:
    """Train, calibrate, convert, measure and write the model.

    ``order.out`` gets ``model.tflite``, ``card.json``, ``golden.npz`` and ``README.md``, or, for the architecture
    ``teacher``, ``network.keras`` and ``card.json``. A training that was stopped goes on where it stopped; an earlier
    model there stays until the new one is complete.

    :returns: the model card.
    :raises DatasetError: if the data or the features cannot be used.
    :raises TrainingError: if ``out`` holds another unfinished training, a teacher cannot be read, or the network cannot
        be converted.
    """
    settings, out = order.settings, order.out
    _check(order)
    seed = settings.seed if order.split_seed is None else order.split_seed
    material = gather(order.data, seed=seed, split=order.split, limit=order.limit)
    show_material(material, console)
    splits = {"split_seed": seed, "split": order.split, "limit": order.limit}
    teachers = load_teachers(order.teachers, settings.precision, material, splits)
    out.mkdir(parents=True, exist_ok=True)
    read = {"data": [source.sha256 for source in material.sources], **splits}
    known = {"teachers": [teacher.version for teacher in teachers], "features": order.features and WEIGHTS_SHA256}
    checkpoints = Checkpoints(out, {**asdict(settings), **read, **known})
    network, history = _train(order, material, checkpoints, teachers, console)
    made = {
        "best_epoch": checkpoints.best_epoch(),
        "history": [{key: round(value, 4) for key, value in epoch.items()} for epoch in history],
        **splits,
        **known,
        "teachers": [teacher.summary() for teacher in teachers],
        "temperature": round(_calibrate(network, material), 4),
    }
    finish = _finish_teacher if settings.architecture == TEACHER else _finish
    card = finish(network, order, material, made, console)
    checkpoints.clear()
    return card


def _check(order: Order) -> None:
    if order.features and order.settings.architecture != TEACHER:
        what = f"the architecture {order.settings.architecture!r} cannot begin with the features of {order.features}"
        raise TrainingError(what, mend=f"give --features only with --architecture {TEACHER}")
    if bool(order.teachers) != (order.settings.teacher_share > 0):
        what = f"{len(order.teachers)} teachers with a share of {order.settings.teacher_share:g} in what is learnt"
        raise TrainingError(what, mend="give teachers a share above 0, or no teachers")


def _train(
    order: Order, material: Material, checkpoints: Checkpoints, teachers: Sequence[Teacher], console: Console
) -> tuple[keras.Model, list[dict[str, float]]]:
    done = len(checkpoints.history())
    if done:
        console.print(f"going on after epoch {done} of {order.settings.epochs}")
    with ProgressBar(console, order.settings.epochs) as bar:
        return train(
            material,
            order.settings,
            checkpoints,
            bar,
            Guidance(
                teachers=[teacher.network for teacher in teachers],
                features=read_weights(order.features) if order.features and not done else None,
            ),
        )


def _calibrate(network: keras.Model, material: Material) -> float:
    """Make the network's confidence believable on the examples that chose the epoch; return the temperature."""
    validation = material.validation
    temperature = fit_temperature(probabilities(network, validation.crops, material.labels), validation.labels)
    build_in(network, temperature)
    return temperature


def _finish(
    network: keras.Model, order: Order, material: Material, made: Mapping[str, Any], console: Console
) -> dict[str, Any]:
    """Convert, measure, and put the four files in place."""
    console.print("converting to int8")
    model = convert(network, material.learning.crops, seed=order.settings.seed)
    unfinished = order.out / "model.unfinished"
    unfinished.write_bytes(model)
    console.print("measuring the int8 model as the box runs it")
    card = build_card(model, material, order.settings, made, measure_int8(network, unfinished, material))
    write_golden(unfinished, order.out / "golden.npz")
    unfinished.replace(order.out / "model.tflite")
    _write_card(card, order.out)
    write_readme(order.out)
    return card


def _finish_teacher(
    network: keras.Model, order: Order, material: Material, made: Mapping[str, Any], console: Console
) -> dict[str, Any]:
    console.print("measuring the network")
    metrics = measure_float(network, material)
    unfinished = order.out / f"unfinished-{NETWORK_FILE}"
    network.save(unfinished)
    card = build_card(unfinished.read_bytes(), material, order.settings, made, metrics)
    unfinished.replace(order.out / NETWORK_FILE)
    _write_card(card, order.out)
    return card


def _write_card(card: Mapping[str, Any], out: Path) -> None:
    (out / "card.json").write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
