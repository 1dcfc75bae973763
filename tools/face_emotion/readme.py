"""The model card for people: ``README.md``, written from ``card.json`` so that their figures cannot diverge.

The words are in ``readme.md.jinja`` and, for the source's network, in ``reproduction.md.jinja``; what
:mod:`tools.face_emotion.findings_tables` knows has a template a file.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tools import templates
from tools.face_emotion.findings_tables import CROSS_SETS_FILE, DISTURBED_FILE, FILES, GROUPS_FILE
from tools.face_emotion.findings_tables import describe as describe_finding
from tools.face_emotion.reproduction_tables import Row, describe
from tools.model_making import model_readme

Card = Mapping[str, Any]

FEATURES = {"teacher": "FEATURES", "teacher-faceres": "FACERES"}
"""What the recipe calls the folder of each teacher's features."""


def write_readme(folder: Path) -> None:
    """Write ``README.md`` of a model folder again; see :func:`tools.model_making.model_readme.write_readme`.

    :raises TrainingError: if a file there cannot be read or is out of form.
    """
    findings = {name: model_readme.read_json(folder / name) for name in FILES if (folder / name).exists()}
    model_readme.write_readme(folder, partial(render, findings=findings))


def render(
    card: Card,
    reproduction: Mapping[str, Any] | None = None,
    notes: str = "",
    findings: Mapping[str, Mapping[str, Any]] | None = None,
) -> str:
    """Return the README of a model with this card; the card decides every word that differs between models.

    :param reproduction: what :func:`tools.face_emotion.reproduction.reproduce` found. The model stands beside it where
        its card says how it does on people never seen.
    :param notes: a section in Markdown about what was tried.
    :param findings: by the names of :data:`tools.face_emotion.findings_tables.FILES`; those of another version of the
        model are left out.
    :raises TrainingError: if ``reproduction`` is no such table, or a finding is out of form.
    """
    described = {name: describe_finding(name, found, card["version"]) for name, found in (findings or {}).items()}
    source = describe(reproduction) if reproduction is not None else None
    training = card["training"]
    return templates.render(
        "face_emotion/readme.md.jinja",
        card=card,
        opinion=training.get("opinion"),
        begun_with=training.get("begun_with"),
        starts={teacher["settings"]["architecture"] for teacher in training["teachers"] if teacher.get("features")},
        commands=_commands(card),
        notes=notes.strip(),
        source=source,
        disturbed=described.get(DISTURBED_FILE),
        groups=described.get(GROUPS_FILE),
        cross_sets=described.get(CROSS_SETS_FILE),
        same_people=_of_the_people_unseen(card, reproduction["rows"]) if reproduction is not None else None,
    )


def _of_the_people_unseen(card: Card, rows: Sequence[Row]) -> Mapping[str, Any] | None:
    """Return the row of the people whom this model has not seen either: a seed chooses the same ones for both."""
    return next(
        (row for row in rows if row["split"] == "subject" and row["seed"] == card["seed"] and row["int8_peaks"]), None
    )


def _commands(card: Card) -> list[str]:
    """Return the commands that train this model again, its teachers first."""
    training = card["training"]
    settings = training["settings"]
    given = {
        "architecture": settings["architecture"],
        "seed": card["seed"],
        "epochs": settings["epochs"],
        "precision": settings["precision"],
        "split": training["split"],
        "limit": training["limit"],
        "split-seed": None if training["split_seed"] == card["seed"] else training["split_seed"],
    }
    options = " ".join(f"--{name} {value}" for name, value in given.items() if value is not None)
    if settings.get("learning_rate") is not None and training.get("begun_with"):
        options += f" --rate {settings['learning_rate']:g} --begin-with EARLIER"
    if training.get("opinion"):
        options += " --opinion OPINION"
    if not training["teachers"]:
        return [f"mien-tools train-face --data FOLDER --out models/face_emotion {options}"]
    folders = [f"teacher-{number}" for number, _ in enumerate(training["teachers"], start=1)]
    teachers = [
        f"mien-tools train-face --data FOLDER --out {folder} --architecture {teacher['settings']['architecture']} "
        f"--features {FEATURES[teacher['settings']['architecture']]} "
        f"--epochs {teacher['settings']['epochs']} --precision {teacher['settings']['precision']} "
        f"--split-seed {training['split_seed']} --seed {teacher['seed']}"
        for folder, teacher in zip(folders, training["teachers"], strict=True)
    ]
    pupil = f"mien-tools train-face --data FOLDER --out models/face_emotion --teacher {' '.join(folders)} {options}"
    return [*teachers, pupil]
