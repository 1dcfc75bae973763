"""The face model with its card: probabilities, disagreements, and the trial run."""

import io
import os
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.emotion import tflite_emotion_classifier
from device.emotion.classifier import normalise
from device.emotion.labels import FACE_LABELS
from device.emotion.tflite_emotion_classifier import TFLiteEmotionClassifier, probabilities, run_golden
from device.emotion.tflite_model import TFLiteModel
from device.errors import ModelError
from device.faces.crop import resize_crop

ModelFolder = Callable[..., Path]


def test_labels_come_from_the_card_in_its_order(model_folder: ModelFolder) -> None:
    labels = list(reversed(FACE_LABELS))
    assert TFLiteEmotionClassifier(model_folder(labels=labels)).labels == tuple(labels)


def test_probabilities_of_a_crop_sum_to_1_and_agree_with_the_golden_answer(
    model_folder: ModelFolder, models: Path
) -> None:
    golden = np.load(models / "golden.npz")
    shares = TFLiteEmotionClassifier(model_folder()).classify(golden["input"])
    assert shares.shape == (8,)
    assert shares.dtype == np.float32
    assert shares.sum() == pytest.approx(1, abs=1e-6)
    assert shares.argmax() == golden["output"].argmax()
    assert shares == pytest.approx((golden["output"] + 128.0) / 256, abs=8 / 256)


def test_every_grey_level_becomes_the_very_step_that_normalising_and_quantising_gives(
    model_folder: ModelFolder,
) -> None:
    folder = model_folder()
    classifier, model = TFLiteEmotionClassifier(folder), TFLiteModel(folder / "model.tflite")
    for level in range(256):
        plain = np.full((48, 48), level, dtype=np.uint8)
        expected = model.quantise(normalise(plain))
        assert np.array_equal(classifier._steps.take(plain), expected[0, :, :, 0])


def test_a_crop_is_answered_as_by_normalising_quantising_and_running_it(model_folder: ModelFolder) -> None:
    folder = model_folder()
    classifier, model = TFLiteEmotionClassifier(folder), TFLiteModel(folder / "model.tflite")
    wide = np.random.default_rng(3).integers(0, 256, (48, 96), dtype=np.uint8)
    for crop in (wide[:, :48], wide[:, ::2], np.ascontiguousarray(wide[:, 48:])):
        assert np.array_equal(
            classifier.classify_quantised(crop), model.run_quantised(model.quantise(normalise(crop)))[0]
        )
        assert np.array_equal(classifier.classify(crop), probabilities(model.run(normalise(crop))[0]))


def test_a_model_that_reads_larger_crops_is_served_by_its_file_alone(model_folder: ModelFolder) -> None:
    folder = model_folder("_of_64")
    classifier, model = TFLiteEmotionClassifier(folder), TFLiteModel(folder / "model.tflite")
    assert classifier.crop_size == 64
    assert run_golden(folder) <= 8
    crop = np.load(folder / "golden.npz")["input"]
    assert np.array_equal(classifier.classify(crop), probabilities(model.run(normalise(crop))[0]))
    small = crop[:48, :48]
    assert np.array_equal(classifier.classify(small), classifier.classify(resize_crop(small, 64))), "scaled by itself"


def test_a_golden_example_of_another_size_is_refused(model_folder: ModelFolder, models: Path) -> None:
    folder = model_folder("_of_64")
    (folder / "golden.npz").write_bytes((models / "golden.npz").read_bytes())
    with pytest.raises(ModelError, match="expected a uint8 picture of 64 × 64 and 8 int8 answers"):
        run_golden(folder)


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ((1, 48, 48, 1), 48),
        ((1, 128, 128, 1), 128),
        ((1, 31, 31, 1), 0),
        ((1, 129, 129, 1), 0),
        ((1, 48, 64, 1), 0),
        ((1, 48, 48, 3), 0),
        ((1, 48, 48), 0),
        ((1,), 0),
        ((), 0),
    ],
)
def test_only_square_grey_crops_of_a_sensible_size_are_read(shape: tuple[int, ...], size: int) -> None:
    assert tflite_emotion_classifier._crop_size(shape) == size


@given(st.lists(st.floats(-0.5, 1, width=32), min_size=1, max_size=8))
def test_any_output_becomes_probabilities(outputs: list[float]) -> None:
    shares = probabilities(np.array(outputs, dtype=np.float32))
    assert (shares >= 0).all()
    assert shares.sum() == pytest.approx(1, abs=1e-5)


def test_an_output_of_nothing_becomes_equal_shares() -> None:
    assert probabilities(np.zeros(4, dtype=np.float32)).tolist() == [0.25] * 4


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"labels": None}, '"labels" is missing'),
        ({"labels": "anger"}, "not a list"),
        ({"labels": []}, "not a list"),
        ({"labels": [*FACE_LABELS[:7], "boredom"]}, "'boredom'"),
        ({"labels": [*FACE_LABELS[:7], "anger"]}, "twice"),
        ({"labels": list(FACE_LABELS[:7])}, "7 labels"),
        ({"labels": [["anger"], {}, None, 1e999, "a\nb\x1b[2J"]}, r"'labels' holds \['anger'\]|\"labels\" holds"),
        ({"labels": ["x" * 100_000]}, "…; known are"),
    ],
)
def test_a_card_that_does_not_fit_is_refused(
    model_folder: ModelFolder, changes: dict[str, object], complaint: str
) -> None:
    with pytest.raises(ModelError, match=complaint):
        TFLiteEmotionClassifier(model_folder(**changes))


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b'{"labels": ' + b"9" * 5000 + b"}", b'"' + b"x" * 2**20 + b'"'],
    ids=["empty", "open", "list", "bytes", "deep", "digits", "large"],
)
def test_a_broken_card_is_named(model_folder: ModelFolder, content: bytes) -> None:
    folder = model_folder()
    (folder / "card.json").write_bytes(content)
    with pytest.raises(ModelError, match=r"card\.json: the model card"):
        TFLiteEmotionClassifier(folder)


@pytest.mark.parametrize("missing", ["model.tflite", "card.json"])
def test_a_missing_file_is_named(model_folder: ModelFolder, missing: str) -> None:
    folder = model_folder()
    (folder / missing).unlink()
    with pytest.raises(ModelError, match=missing):
        TFLiteEmotionClassifier(folder)


def test_trial_run_gives_the_stored_answer_on_this_runtime(model_folder: ModelFolder) -> None:
    assert run_golden(model_folder()) <= 8


def test_trial_run_fails_beyond_the_cards_tolerance(model_folder: ModelFolder) -> None:
    folder = model_folder(golden_tolerance_steps=20)
    golden = dict(np.load(folder / "golden.npz"))
    golden["output"][0] += 15  # from -128
    np.savez(folder / "golden.npz", **golden)
    assert 7 <= run_golden(folder) <= 20
    golden["output"][0] += 30
    np.savez(folder / "golden.npz", **golden)
    with pytest.raises(ModelError, match="steps off the stored one, 20 are allowed"):
        run_golden(folder)


@pytest.mark.parametrize("tolerance", ["many", True, -1, 129, 1.5, [8], 10**4000])
def test_trial_run_refuses_a_tolerance_that_is_none(model_folder: ModelFolder, tolerance: object) -> None:
    with pytest.raises(ModelError, match=r"golden_tolerance_steps|cannot be read"):
        run_golden(model_folder(golden_tolerance_steps=tolerance))


def test_trial_run_names_a_golden_example_that_is_missing_or_broken(model_folder: ModelFolder) -> None:
    folder = model_folder()
    golden = folder / "golden.npz"
    for content in (b"", b"PK nothing"):
        golden.write_bytes(content)
        with pytest.raises(ModelError, match=r"golden\.npz: the golden example cannot be read"):
            run_golden(folder)
    np.savez(golden, input=np.zeros((48, 48), dtype=np.uint8))
    with pytest.raises(ModelError, match="cannot be read"):
        run_golden(folder)
    np.savez(golden, input=np.zeros((48, 48), dtype=np.uint8), output=np.zeros(7, dtype=np.int8))
    with pytest.raises(ModelError, match="8 int8 answers"):
        run_golden(folder)
    golden.unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        run_golden(folder)


def test_trial_run_takes_a_golden_example_however_numpy_packs_it(model_folder: ModelFolder, models: Path) -> None:
    folder, golden = model_folder(), dict(np.load(models / "golden.npz"))
    for save in (np.savez, np.savez_compressed):
        for answer in (golden["output"].reshape(-1), golden["output"].reshape(1, -1)):
            for picture in (golden["input"], np.asfortranarray(golden["input"])):
                save(folder / "golden.npz", input=picture, output=answer)
                assert run_golden(folder) <= 8


def member(shape: str, *, kind: str = "|u1", content: bytes = b"") -> bytes:
    """An array as NumPy writes it, whatever it claims to be."""
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + content


def packed(method: int = zipfile.ZIP_DEFLATED, **members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return file.getvalue()


HOSTILE_GOLDENS = {
    "a bomb": packed(input=member("(48, 48)", content=bytes(10**8))),
    "more numbers than there are": packed(input=member("(1000000, 1000000)")),
    "a size beyond all numbers": packed(input=member(f"({'9' * 4000},)")),
    "an endless size": packed(input=member(f"({'9' * 9000},)")),
    "a size below nothing": packed(input=member("(-1, 48)")),
    "pickled objects": packed(input=member("(1,)", kind="|O", content=b"\x80\x04N.")),
    "a header nested deep": packed(input=member("(" * 5000 + ")" * 5000)),
    "a structure": packed(input=member("(1,)", kind="[('a', '|u1')]")),
    "another kind": packed(input=member("(48, 48)", kind="<f8", content=bytes(48 * 48 * 8))),
    "no array": packed(input=b"", output=b"x"),
    "no answer": packed(input=member("(48, 48)", content=bytes(48 * 48))),
    "lzma": packed(zipfile.ZIP_LZMA, input=member("(48, 48)", content=bytes(48 * 48))),
    "bzip2 of gigabytes": packed(zipfile.ZIP_BZIP2, input=bytes(10**8)),
    "a large file": bytes(2**20 + 1),
    "a method that nobody knows": packed(input=b"x").replace(b"\x08\x00", b"\x63\x00"),
    "encrypted": packed(input=b"x").replace(b"PK\x03\x04\x14\x00\x00", b"PK\x03\x04\x14\x00\x01").replace(
        b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"
    ),
}  # fmt: skip


@pytest.mark.parametrize("content", HOSTILE_GOLDENS.values(), ids=HOSTILE_GOLDENS)
def test_a_golden_example_made_to_do_harm_is_refused_in_words(model_folder: ModelFolder, content: bytes) -> None:
    folder = model_folder()
    (folder / "golden.npz").write_bytes(content)
    with pytest.raises(ModelError, match=r"golden\.npz: ") as caught:
        run_golden(folder)
    assert caught.value.what.isprintable()


def test_three_thousand_damaged_golden_examples_are_refused_in_words_or_used(
    model_folder: ModelFolder, models: Path
) -> None:
    folder, chance = model_folder(), random.Random(14)  # noqa: S311 - the same ones every time
    sound = (models / "golden.npz").read_bytes()
    with np.load(models / "golden.npz") as golden:
        np.savez_compressed(folder / "golden.npz", **golden)
    sounds, refused = (sound, (folder / "golden.npz").read_bytes()), 0
    for number in range(3000):
        damaged = bytearray(sounds[number % 2])
        for _ in range(chance.choice((1, 1, 2, 8))):
            place = chance.randrange(len(damaged))
            damaged[place] = chance.choice((damaged[place] ^ 1 << chance.randrange(8), 0, 0xFF, chance.randrange(256)))
        if number % 10 == 0:
            del damaged[chance.randrange(len(damaged)) :]
        (folder / "golden.npz").write_bytes(damaged)
        try:
            run_golden(folder)
        except ModelError:
            refused += 1
    assert 1000 < refused < 3000


@pytest.mark.parametrize("name", ["model.tflite", "card.json", "golden.npz"])
def test_a_pipe_in_the_place_of_a_file_is_refused_at_once(model_folder: ModelFolder, name: str) -> None:
    folder = model_folder()
    (folder / name).unlink()
    os.mkfifo(folder / name)
    with pytest.raises(ModelError, match=name):
        run_golden(folder)
