"""Groups of people as other networks guess them."""

from pathlib import Path

import numpy as np
import pytest

from tools.face_emotion.examination.groups import measure_groups
from tools.face_emotion.examination.guesses import FACERES, Guess, guess_groups
from tools.model_making.tfjs_graph import Batches, GraphModel


def test_a_gap_is_what_the_labels_of_a_group_do_not_explain() -> None:
    truth = np.array([3] * 60 + [0] * 60)
    said = np.array([3] * 60 + [0] * 30 + [6] * 30)  # happiness always, anger half of the time
    groups = np.array(["smiles"] * 50 + ["frowns"] * 70)
    groups[60:70], groups[0] = "smiles", ""  # ten of the angry, whom the model reads rightly
    [kind] = measure_groups(truth, said, None, [Guess("mood", "nobody", groups, None, None)])
    assert (kind["kind"], kind["by"], kind["unknown"]) == ("mood", "nobody", 1)
    frowns, smiles = kind["groups"]
    assert (smiles["group"], smiles["examples"], smiles["subjects"]) == ("smiles", 59, None)
    assert smiles["accuracy"] == 1
    assert smiles["expected"] == pytest.approx((49 + 10 * 0.5) / 59, abs=1e-4)
    assert smiles["gap"] == pytest.approx(5 / 59, abs=1e-4)
    assert smiles["gap_interval"][0] > 0
    assert frowns["gap"] == pytest.approx(-5 / 60, abs=1e-4)


def test_a_group_of_few_gets_no_figure() -> None:
    groups = np.array(["many"] * 40 + ["few"] * 29)
    people = np.array([f"p{number % 10}" for number in range(69)])
    truth = np.zeros(69, dtype=np.int64)
    [kind] = measure_groups(truth, truth, people, [Guess("any", "nobody", groups, None, None)])
    few, many = kind["groups"]
    assert few == {"group": "few", "examples": 29, "subjects": 10}
    assert many["accuracy"] == 1


def test_a_person_gets_one_guess_and_its_sureness_is_measured_by_single_pictures(tmp_path: Path) -> None:
    grey = np.array([40, 60, 120, 200, 220, 210], dtype=np.uint8)
    pictures = [np.full((48, 48), level, dtype=np.uint8) for level in grey]

    def run(_folder: Path, model: GraphModel, batches: Batches) -> list[np.ndarray]:
        [inputs] = batches
        assert inputs.shape == ((6, 224, 224, 3) if model is FACERES else (6, 198, 198, 3))
        if model is not FACERES:
            return [np.full((6, 5), 0.2, dtype=np.float32)]
        ages = np.eye(100, dtype=np.float32)[[9, 24, 39, 49, 49, 49]]  # index 0 is one year
        return [ages, np.array([[0.1], [0.2], [0.7], [0.95], [0.1], [0.3]], dtype=np.float32)]

    people = np.array(["a", "a", "a", "b", "b", "c"])
    guesses = {guess.kind: guess for guess in guess_groups(pictures, people, tmp_path, run=run)}
    assert guesses["age"].groups.tolist() == ["20 to 29"] * 3 + ["45 and over"] * 3
    assert guesses["age"].agreement == 0.5  # b's two pictures agree, a's first two do not
    assert guesses["sex"].groups.tolist() == ["female"] * 3 + ["", "", "female"]  # b: .525 is not sure enough
    assert guesses["sex"].agreement == 0.5
    assert set(guesses["looks"].groups) == {""}
    assert guesses["looks"].agreement is None
    assert guesses["cheeks"].groups.tolist() == ["dark", "dark", "between", "light", "light", "light"]
    alone = guess_groups(pictures, None, tmp_path, run=run)[1].groups.tolist()
    assert alone == ["female", "female", "male", "male", "female", "female"]
