import json
from pathlib import Path

import numpy as np
import pytest

from tools.face_emotion.datasets.examples import FaceExamples, unanimous
from tools.face_emotion.evaluation.cross_sets import FEWEST, cross_set_row, write_cross_sets
from tools.face_emotion.findings_tables import CROSS_SETS_FILE, describe


def test_a_set_left_out_is_measured_by_labels_that_occur_often_enough(tmp_path: Path) -> None:
    labels = np.array([3] * 40 + [0] * 20 + [7] * (FEWEST - 1))
    examples = FaceExamples(
        crops=np.zeros((len(labels), 48, 48), dtype=np.uint8),
        labels=labels,
        votes=unanimous(labels),
        usages=np.full(len(labels), "Training"),
        subjects=np.array([f"p{number // 2}" for number in range(len(labels))]),
        sequences=np.full(len(labels), ""),
        peaks=np.zeros(len(labels), dtype=np.bool_),
    )
    right = unanimous(labels)
    always_happy = unanimous(np.full(len(labels), 3))
    row = cross_set_row("Ours", examples, {"without": always_happy, "with": right})
    assert (row["examples"], row["subjects"], row["labels"]) == (60, 30, ["anger", "happiness"])
    assert (row["without"]["macro_recall"], row["with"]["macro_recall"]) == (0.5, 1)
    write_cross_sets(tmp_path, version="1", recipe="Two toys.", rows=[row])
    told = describe(CROSS_SETS_FILE, json.loads((tmp_path / CROSS_SETS_FILE).read_text(encoding="utf-8")), "1")
    assert told is not None
    [table] = told["tables"]
    assert table["lines"][0][:4] == ["Ours (30 people)", "60", "2", "0.500"]
    assert table["lines"][-1] == ["mean", "", "", "0.500", "", "1.000", ""]
    with pytest.raises(ValueError, match="nothing to measure"):
        cross_set_row("Few", examples.select(np.arange(3)), {"without": right[:3]})
