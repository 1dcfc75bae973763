"""Which pictures there are of a song, of annotated sets and of a song table. Each is named when it is written."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from device.emotion.vectors import Plane
from device.errors import SongTableError
from device.recommendation.song import song_name
from device.recommendation.song_table import read_song_table
from tools.audio import spectra
from tools.audio.decode import decode
from tools.audio.features import FeatureSettings, log_mel_db, spectrogram_db, volume
from tools.audio.tags import read_tags
from tools.errors import AudioError
from tools.music_emotion.datasets.labels import LABELS, percentages
from tools.music_emotion.datasets.songs import AnnotatedSongs
from tools.music_emotion.evaluation.distributions_plot import LabelRule, draw_distributions
from tools.plots.plane import PlacedSongs, draw_cutting, draw_plane
from tools.plots.song import draw_mel, draw_spectrogram, draw_volume

_COLUMNS = 1200
"""A picture is no wider; longer songs are drawn with a longer hop, up to the length of a frame."""
_K = (1.0, 2.0, 3.0)
_PARTS: dict[Plane, str] = {"octants": "Eight octants", "grid": "Sixteen squares"}
_SEEN_PERCENT = 1.0  # of a rectangle can be seen in a picture


def draw_song(song: Path, out: Path) -> Iterator[Path]:
    """Draw ``volume.png``, ``spectrogram.png`` and ``mel.png`` of a whole song, its name in the headings.

    :raises AudioError: if it cannot be decoded, or is shorter than a frame.
    :raises PictureError: if a picture cannot be written.
    """
    usual = FeatureSettings()
    audio = np.concatenate([np.empty(0, dtype=np.float32), *decode(song, sample_rate=usual.sample_rate)])
    if len(audio) < usual.n_fft:
        what = f"{song}: its {len(audio)} values are too few to draw"
        raise AudioError(what, mend="name a longer song")
    hop_length = int(np.clip(len(audio) // _COLUMNS, usual.hop_length, usual.n_fft))
    seconds = len(audio) / usual.sample_rate
    settings = FeatureSettings(hop_length=hop_length, seconds=seconds)
    tags = read_tags(song)
    name = song_name(tags.title, tags.artist)
    paths = [out / f"{kind}.png" for kind in ("volume", "spectrogram", "mel")]
    draw_volume(audio, volume(audio, settings), seconds=seconds, title=f"Volume: {name}", path=paths[0])
    yield paths[0]
    draw_spectrogram(
        spectrogram_db(audio, settings),
        sample_rate=settings.sample_rate,
        seconds=seconds,
        title=f"Spectrogram: {name}",
        path=paths[1],
    )
    yield paths[1]
    centres = spectra.mel_edges(sample_rate=settings.sample_rate, n_mels=settings.n_mels)[1:-1]
    bands = log_mel_db(audio, settings)
    draw_mel(bands, centres_hertz=centres, seconds=seconds, title=f"Mel spectrogram: {name}", path=paths[2])
    yield paths[2]


def draw_sets(sets: Sequence[AnnotatedSongs], out: Path, *, plane: Plane, rule: LabelRule) -> Iterator[Path]:
    """Draw ``plane.png`` with the songs of every set, and ``distribution-<set>.png`` for each.

    Also ``cutting-octants.png`` and ``cutting-grid.png``: how the plane is cut, and how the labels share the rectangle
    of one song. It is the first set's first among those that lie in most labels.

    :param plane: how the plane is cut in the first two; ``rule``: which labels a song is counted with.
    :raises PictureError: if a picture cannot be written.
    """
    path = out / "plane.png"
    placed = [PlacedSongs(_name(songs), songs.places, songs.with_usual_deviations()) for songs in sets]
    draw_plane(placed, k=1, plane=plane, title="Songs as people judged them", path=path)
    yield path
    for songs in sets:
        path = out / f"distribution-{songs.name}.png"
        by_k = {k: percentages(songs, k=k, plane=plane) for k in _K}
        title = f"{_name(songs)}, {len(songs):,} songs"
        draw_distributions(by_k, labels=LABELS[plane], rule=rule, title=title, path=path)
        yield path
    row = int(np.argmax((percentages(sets[0], k=1, plane="grid") >= _SEEN_PERCENT).sum(axis=1)))
    song = PlacedSongs(placed[0].name, placed[0].places[[row]], placed[0].deviations[[row]])
    for each, parts in _PARTS.items():
        path = out / f"cutting-{each}.png"
        draw_cutting(song, k=1, plane=each, title=f"{parts}: {song.name}, song {sets[0].ids[row]}", path=path)
        yield path


def draw_table(table: Path, out: Path) -> Iterator[Path]:
    """Draw ``plane.png`` with the songs of a song table, their rectangles by the σ and k that its header states.

    :raises SongTableError: if the table cannot be used, or holds no song.
    :raises PictureError: if the picture cannot be written.
    """
    known = read_song_table(table)
    if not known.songs:
        what = f"{table}: the song table holds no song"
        raise SongTableError(what, mend="analyse a folder that holds music")
    header = known.header
    places = np.array([(song.valence, song.arousal) for song in known.songs])
    deviations = np.broadcast_to([header.sigma_valence, header.sigma_arousal], places.shape)
    path = out / "plane.png"
    title = f"{table.name}, as {header.music_model} hears it"
    draw_plane([PlacedSongs(table.name, places, deviations)], k=header.k, title=title, path=path)
    yield path


def _name(songs: AnnotatedSongs) -> str:
    return f"{songs.name} (felt)" if songs.felt else songs.name
