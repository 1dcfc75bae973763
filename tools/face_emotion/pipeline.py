"""From labelled faces to the folder that a release carries, stage by stage, down the page."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
from rich.console import Console

from device.files.atomic_files import unfinished, write_whole
from tools.errors import TrainingError
from tools.face_emotion.card import build_card
from tools.face_emotion.conversion import convert
from tools.face_emotion.datasets.material import TrainingData, gather_training_data, show_material
from tools.face_emotion.datasets.splits import Unit
from tools.face_emotion.evaluation.calibration import build_in, fit_temperature
from tools.face_emotion.evaluation.measuring import measure_float, measure_int8, probabilities
from tools.face_emotion.golden import write_golden
from tools.face_emotion.readme import write_readme
from tools.face_emotion.training.blending import best_share, blend
from tools.face_emotion.training.checkpoints import Checkpoints
from tools.face_emotion.training.earlier_model import EarlierModel, read_earlier_model
from tools.face_emotion.training.second_opinion import WEIGHTS_SHA256, read_second_opinion
from tools.face_emotion.training.settings import TrainingSettings
from tools.face_emotion.training.starts import STARTS
from tools.face_emotion.training.teachers import NETWORK_FILE, load_teachers
from tools.face_emotion.training.training import Guidance, train, validate
from tools.model_making.progress import ProgressBar


@dataclass(frozen=True, slots=True)
class Request:
    """One model to be made: from what, how, and where to."""

    data: Sequence[Path]
    """Labelled faces; ``split`` and ``limit`` are as for
    :func:`tools.face_emotion.datasets.material.gather_training_data`."""

    out: Path
    """The folder that gets the model."""

    settings: TrainingSettings
    split: Unit | None = None
    limit: int | None = None

    split_seed: int | None = None
    """Draws the splits in place of the settings' seed, so that several networks can share them."""

    teachers: Sequence[Path] = ()
    """Folders of networks to learn from; they must share the data and the splits."""

    opinion: Path | None = None
    """Folder of the weights of a second opinion; see :mod:`tools.face_emotion.training.second_opinion`."""

    begin_with: Path | None = None
    """An earlier ``model.tflite`` of the architecture ``default`` to go on from."""

    features: Path | None = None
    """Folder of the weights that a teacher begins with; see :mod:`tools.face_emotion.training.starts`."""


def produce(request: Request, console: Console) -> dict[str, Any]:
    """Train, calibrate, convert, measure and write the model.

    ``request.out`` gets ``model.tflite``, ``card.json``, ``golden.npz`` and ``README.md``, or, for the architecture
    of a teacher, ``network.keras`` and ``card.json``. A training that was stopped goes on where it stopped; an earlier
    model there stays until the new one is complete.

    :returns: the model card.
    :raises DatasetError: if the data or the features cannot be used.
    :raises TrainingError: if ``out`` holds another unfinished training, a teacher cannot be read, or the network cannot
        be converted.
    """
    settings, out = request.settings, request.out
    _check(request)
    seed = settings.seed if request.split_seed is None else request.split_seed
    material = gather_training_data(request.data, seed=seed, split=request.split, limit=request.limit)
    show_material(material, console)
    splits = {"split_seed": seed, "split": request.split, "limit": request.limit}
    teachers = load_teachers(request.teachers, settings.precision, material, splits)
    out.mkdir(parents=True, exist_ok=True)
    read = {"data": [source.sha256 for source in material.sources], **splits}
    earlier = read_earlier_model(request.begin_with) if request.begin_with else None
    known = {
        "teachers": [teacher.version for teacher in teachers],
        "opinion": request.opinion and WEIGHTS_SHA256,
        "begun_with": earlier and earlier.sha256,
        "features": request.features and STARTS[settings.architecture].sha256,
    }
    checkpoints = Checkpoints(out, {**asdict(settings), **read, **known})
    guidance = Guidance(
        teachers=[teacher.network for teacher in teachers],
        opinion=read_second_opinion(request.opinion) if request.opinion else None,
        earlier=earlier,
        features=STARTS[settings.architecture].read(request.features) if request.features else None,
    )
    network, history = _train(request, material, checkpoints, guidance, console)
    made = {
        "best_epoch": checkpoints.best_epoch(),
        "blended": _blended(network, earlier, material, console) if earlier else None,
        "history": [{key: round(value, 4) for key, value in epoch.items()} for epoch in history],
        **splits,
        **known,
        "teachers": [teacher.summary() for teacher in teachers],
        "temperature": round(_calibrate(network, material), 4),
    }
    finish = _finish_teacher if settings.architecture in STARTS else _finish
    card = finish(network, request, material, made, console)
    checkpoints.clear()
    return card


def _check(request: Request) -> None:
    if request.features and request.settings.architecture not in STARTS:
        what = (
            f"the architecture {request.settings.architecture!r} cannot begin with the features of {request.features}"
        )
        raise TrainingError(what, mend=f"give --features only with --architecture {' or '.join(STARTS)}")
    if request.begin_with and request.settings.architecture != "default":
        what = f"the architecture {request.settings.architecture!r} cannot begin with {request.begin_with}"
        raise TrainingError(what, mend="give --begin-with only with --architecture default")
    if bool(request.teachers) != (request.settings.teacher_share > 0):
        what = f"{len(request.teachers)} teachers with a share of {request.settings.teacher_share:g} in what is learnt"
        raise TrainingError(what, mend="give teachers a share above 0, or no teachers")


def _train(
    request: Request, material: TrainingData, checkpoints: Checkpoints, guidance: Guidance, console: Console
) -> tuple[keras.Model, list[dict[str, float]]]:
    done = len(checkpoints.history())
    if done:
        console.print(f"going on after epoch {done} of {request.settings.epochs}")
    with ProgressBar(console, request.settings.epochs) as bar:
        return train(material, request.settings, checkpoints, bar, guidance)


def _blended(network: keras.Model, earlier: EarlierModel, material: TrainingData, console: Console) -> dict[str, Any]:
    """Bring the network nearer to the earlier model by what validation likes best; return the share it keeps."""
    scores = blend(network, earlier, lambda mixed: validate(mixed, material)["score"])
    share = best_share(scores)
    console.print(f"of the weights {share:.0%} are the training's, the rest the earlier model's")
    return {"share": share, "scores": {f"{tried:g}": round(value, 4) for tried, value in scores.items()}}


def _calibrate(network: keras.Model, material: TrainingData) -> float:
    """Make the network's confidence believable on the examples that chose the epoch; return the temperature."""
    validation = material.validation
    temperature = fit_temperature(probabilities(network, validation.crops, material.labels), validation.labels)
    build_in(network, temperature)
    return temperature


def _finish(
    network: keras.Model, request: Request, material: TrainingData, made: Mapping[str, Any], console: Console
) -> dict[str, Any]:
    """Convert, measure, and put the four files in place."""
    console.print("converting to int8")
    model = convert(network, material.learning.crops, seed=request.settings.seed)
    with unfinished(request.out / "model.tflite") as converted, unfinished(request.out / "golden.npz") as golden:
        converted.write_bytes(model)
        console.print("measuring the int8 model as the box runs it")
        card = build_card(model, material, request.settings, made, measure_int8(network, converted, material))
        write_golden(converted, golden)
    _write_card(card, request.out)
    write_readme(request.out)
    return card


def _finish_teacher(
    network: keras.Model, request: Request, material: TrainingData, made: Mapping[str, Any], console: Console
) -> dict[str, Any]:
    console.print("measuring the network")
    metrics = measure_float(network, material)
    saved = _saved(network)
    card = build_card(saved, material, request.settings, made, metrics)
    write_whole(request.out / NETWORK_FILE, saved)
    _write_card(card, request.out)
    return card


def _saved(network: keras.Model) -> bytes:
    """Return what Keras makes of a network, which it writes only under a name that ends in ``.keras``."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / NETWORK_FILE
        network.save(path)
        return path.read_bytes()


def _write_card(card: Mapping[str, Any], out: Path) -> None:
    write_whole(out / "card.json", json.dumps(card, indent=1, ensure_ascii=False) + "\n")
