"""Writes librosa_reference.npz beside this file: what librosa 0.11.0 says of one second of sound.

Run by hand, in an environment of its own that has librosa (it is no dependency of the project):

    uv run --no-project --python 3.11 --with librosa==0.11.0 make_librosa_reference.py

The sound is kept with the answers, so that no test depends on a random generator: a sine from 60 Hz to 10 kHz, swelling
from nothing, and noise that fades, as 16-bit integers at 22,050 Hz. Of the STFT every eighth bin is kept.
"""

from pathlib import Path

import librosa
import numpy as np

SAMPLE_RATE, N_FFT, HOP_LENGTH, N_MELS = 22_050, 2048, 512, 128
MUSICNN = {"sr": 16_000, "n_fft": 512, "hop_length": 256, "n_mels": 96}
EVERY_BIN = 8


def sound() -> np.ndarray:
    seconds = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    sweep = seconds * np.sin(2 * np.pi * 60 * ((10_000 / 60) ** seconds - 1) / np.log(10_000 / 60))
    noise = np.random.default_rng(4).normal(0, 0.1, SAMPLE_RATE) * (1 - seconds) ** 2
    return np.round((0.5 * sweep + noise) * 2**15).astype(np.int16)


def main() -> None:
    audio = sound().astype(np.float32) / 2**15
    short_time = librosa.stft(audio, n_fft=N_FFT, hop_length=HOP_LENGTH)
    mel = librosa.feature.melspectrogram(y=audio, sr=SAMPLE_RATE, n_fft=N_FFT, hop_length=HOP_LENGTH, n_mels=N_MELS)
    rms = librosa.feature.rms(y=audio, frame_length=N_FFT, hop_length=HOP_LENGTH)[0]
    np.savez_compressed(
        Path(__file__).with_name("librosa_reference.npz"),
        version=librosa.__version__,
        audio=sound(),
        spectrogram_db=librosa.power_to_db(np.abs(short_time) ** 2)[::EVERY_BIN],
        log_mel_db=librosa.power_to_db(mel),
        volume_db=librosa.amplitude_to_db(rms, amin=1e-5, top_db=None),
        musicnn_mel=librosa.feature.melspectrogram(y=audio, **MUSICNN).T,  # the same values, read as 16 kHz
    )


if __name__ == "__main__":
    main()
