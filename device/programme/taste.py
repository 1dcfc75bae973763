"""What a household skips and hears to the end, as a few small numbers: which songs suit which part of the plane.

A skip within ``EARLY_SECONDS`` counts against a song *for that part of the plane*, a song heard to its end counts for
it. The parts are the eight octants. Counts fade with every press, not with the clock, which a box may not have; they
are bounded, and so are the songs that are remembered. Nothing is kept of anybody but these numbers, and no title.

An id may pass to another song when a library is analysed anew. So every entry holds a number of the song's own sound as
well, and is passed over while another song has its id, until :meth:`Tastes.moved` has found it again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import blake2b
from types import MappingProxyType

from device.emotion.labels import SONG_LABELS
from device.files.untrusted import Fields, plain
from device.recommendation.song import Song

EARLY_SECONDS = 30.0
"""A song skipped within them was not wanted; one skipped later may only have been long."""

MOST_BONUS = 0.15
"""How much the similarity of a song, in [0, 1], is raised or lowered at the very most: less than what parts the middle
of an octant from that of one beside it, so that no habit makes a sad song a happy one. Measured by
``tests/benchmarks/learning.py``."""

FADING = 0.98
"""What of a count is left after one press more: half of it after 34."""

MOST_COUNT = 8.0
"""No count grows larger: old habits can be unlearnt."""

MOST_ENTRIES = 512
"""Songs and parts that are remembered; the faintest is forgotten first."""

MOST_RECORD_BYTES = 192 * MOST_ENTRIES
"""No record is longer: a reader need not take more."""

RECORD_SCHEMA = 1

_PRIOR = 0.5
"""A single skip, or a song heard out once, moves two thirds of the bonus."""
_FAINT = 0.05
_CONTENT_BYTES = 6
_DECIMALS = 3
_LEAST_ID = -(2**63)


class How(StrEnum):
    """How a song of a programme came to its end."""

    ENDED = "ended"
    SKIPPED = "skipped"
    FADED = "faded"
    """Because the time was over, or the music was stopped, which says nothing of the song."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Count:
    """What is known of one song for one part of the plane; both numbers in [0, ``MOST_COUNT``]."""

    song_id: int
    content: int
    part: str
    liked: float = 0.0
    skipped: float = 0.0

    def faded(self) -> "Count":
        """Return it as it is a press later."""
        return Count(self.song_id, self.content, self.part, FADING * self.liked, FADING * self.skipped)

    @property
    def weight(self) -> float:
        """How much is known."""
        return self.liked + self.skipped

    def bonus(self, *, likes_lift: bool) -> float:
        """Return what the similarity gains, within ± ``MOST_BONUS``; towards 0 the less is known.

        :param likes_lift: whether songs heard to their ends can make it more than 0; else they only make up for skips.
        """
        return MOST_BONUS * (likes_lift * self.liked - self.skipped) / (self.weight + _PRIOR)


@dataclass(frozen=True, slots=True)
class Tastes:
    """What was learnt so far, by song id and part; a value: whatever learns returns another."""

    counts: Mapping[tuple[int, str], Count] = field(default_factory=lambda: MappingProxyType({}))

    def pressed(self) -> "Tastes":
        """Let everything fade by one press, and forget what is too faint to matter."""
        faded = ((key, count.faded()) for key, count in self.counts.items())
        return Tastes(MappingProxyType({key: count for key, count in faded if count.weight >= _FAINT}))

    def heard(self, song: Song, part: str, how: How, heard_seconds: float) -> "Tastes":
        """Learn from the end of a song that was played for a part of the plane, one of ``SONG_LABELS``."""
        liked, skipped = how is How.ENDED, how is How.SKIPPED and heard_seconds < EARLY_SECONDS
        if not (liked or skipped):
            return self
        content = content_number(song.content_hash)
        known = self.counts.get((song.id, part))
        if known is None or known.content != content:
            known = Count(song.id, content, part)
        learnt = replace(
            known,
            liked=min(known.liked + liked, MOST_COUNT),
            skipped=min(known.skipped + skipped, MOST_COUNT),
        )
        return self._with(learnt)

    def bonuses(self, part: str, *, likes_lift: bool) -> dict[int, tuple[int, float]]:
        """Return what known songs gain for a part of the plane: by song id, the number of its content and the bonus.

        :param likes_lift: see :meth:`Count.bonus`.
        """
        counts = (count for count in self.counts.values() if count.part == part)
        return {count.song_id: (count.content, count.bonus(likes_lift=likes_lift)) for count in counts}

    def of_song(self, song: Song, part: str) -> Count | None:
        """Return what is known of a song for a part of the plane; None if nothing is."""
        known = self.counts.get((song.id, part))
        return known if known is not None and known.content == content_number(song.content_hash) else None

    def moved(self, songs: Iterable[tuple[int, str]]) -> "Tastes":
        """Find the songs again in a table that was made anew, and forget those that are not in it.

        :param songs: id and content hash of every song of the table.
        """
        wanted = {count.content for count in self.counts.values()}
        numbers = ((song_id, content_number(content_hash)) for song_id, content_hash in songs)
        found = {content: song_id for song_id, content in numbers if content in wanted}
        moved = (
            replace(count, song_id=found[count.content]) for count in self.counts.values() if count.content in found
        )
        return Tastes(MappingProxyType({(count.song_id, count.part): count for count in moved}))

    def to_record(self) -> dict[str, object]:
        """Return everything as what JSON can hold."""
        songs = [
            {
                "id": count.song_id,
                "content": count.content,
                "part": count.part,
                "for": round(count.liked, _DECIMALS),
                "against": round(count.skipped, _DECIMALS),
            }
            for count in self.counts.values()
        ]
        return {"schema": RECORD_SCHEMA, "songs": songs}

    @classmethod
    def from_record(cls, record: object) -> "Tastes":
        """Read what :meth:`to_record` gave, as untrusted as any file.

        :raises ValueError: naming what is wrong; nothing of such a record is taken.
        """
        fields = Fields(record, "tastes")
        fields.need("schema", "songs")
        fields.whole("schema", 0, least=RECORD_SCHEMA, most=RECORD_SCHEMA)
        songs = fields.each_fields("songs")
        if len(songs) > MOST_ENTRIES:
            msg = f"tastes.songs are {len(songs)}, and {MOST_ENTRIES} are the most"
            raise ValueError(msg)
        counts = [_count(song) for song in songs]
        return cls(MappingProxyType({(count.song_id, count.part): count for count in counts}))

    def _with(self, learnt: Count) -> "Tastes":
        """Know this count too, and forget the faintest of the others if they are too many."""
        counts = {**self.counts, (learnt.song_id, learnt.part): learnt}
        while len(counts) > MOST_ENTRIES:
            del counts[min(self.counts, key=lambda key: counts[key].weight)]
        return Tastes(MappingProxyType(counts))


def content_number(content_hash: str) -> int:
    """Return a number of 48 bits that stands for a song's sound, so that no file has to name it."""
    return int.from_bytes(blake2b(content_hash.encode(errors="surrogatepass"), digest_size=_CONTENT_BYTES).digest())


def _count(song: Fields) -> Count:
    song.need("id", "content", "part", "for", "against")
    part = song.text("part", "")
    if part not in SONG_LABELS:
        msg = f"tastes.songs.part is {plain(ascii(part), most=40)}"
        raise ValueError(msg)
    return Count(
        song.whole("id", 0, least=_LEAST_ID, most=-_LEAST_ID - 1),
        song.whole("content", 0, most=256**_CONTENT_BYTES - 1),
        part,
        song.number("for", 0.0, most=MOST_COUNT),
        song.number("against", 0.0, most=MOST_COUNT),
    )
