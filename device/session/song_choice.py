"""What the box asks of its songs in an evening: the first of them, the next, and what is learnt from how they ended."""

from dataclasses import dataclass

from device.observation.observation import Observation
from device.programme.next_song import next_song
from device.programme.programme import Played, Programme, Step
from device.recommendation.query import EmotionQuery
from device.recommendation.recommendation import Recommender
from device.recommendation.titles import song_titled
from device.recommendation.wish import Wish, alike, mood, observed
from device.session.evening import Evening
from device.session.events import AskedToPlay
from device.session.history import History
from device.session.taste_file import TasteFile
from device.settings.sections import ProgrammeSettings


@dataclass(frozen=True, slots=True)
class SongChoice:
    """Chooses songs by the settings, the history and what was learnt; everything is called from the main loop."""

    recommender: Recommender
    rules: ProgrammeSettings
    avoid_recent: int
    history: History
    tastes: TasteFile

    def begin(self, wanted: Observation | AskedToPlay) -> tuple[Evening, Step | None]:
        """Return an evening for what was seen, or asked for, and its first song; None if no song can be played.

        :raises SongTableError: if the row of a song that is looked at is damaged.
        """
        recent = self.history.recent_song_ids(self.avoid_recent)
        if isinstance(wanted, Observation):
            wish, rules = observed(wanted, self.query), self.rules
        else:
            wish, rules = wanted.wish, wanted.rules
        self.tastes.pressed()
        programme = Programme(wish, rules, recent)
        first = self.next(programme, 0.0)
        avoid = recent if first is None else tuple(known for known in recent if known != first.choice.song.id)
        if isinstance(wanted, Observation):
            recommendation = self.recommender.recommend(wanted, avoid=avoid)
        else:
            recommendation = self.recommender.rank(wish.query, avoid=avoid, asked=wish.words)
        return Evening(programme, recommendation), first

    def next(self, programme: Programme, seconds_in: float) -> Step | None:
        """Return the song that follows in a programme in which none plays; None if none does.

        :raises SongTableError: if the row of a song that is looked at is damaged.
        """
        return next_song(programme, self.recommender, seconds_in=seconds_in, tastes=self.tastes.in_force)

    def note(self, played: Played) -> None:
        """Remember how a song ended, and learn from it."""
        self.history.note_ending(played.step.choice.song.id, played.how)
        self.tastes.learn(played)

    @property
    def query(self) -> EmotionQuery:
        """How emotions lie in the songs' plane, as the settings have it."""
        return EmotionQuery(self.recommender.places, self.recommender.settings)

    def wish(self, *, mood_name: str | None = None, like: str | None = None) -> Wish:
        """Return the wish for a mood by its name, or for what is like the song of a title; safe from any thread.

        :raises MienError: for a mood that there is not, or a title that no song has or several have.
        """
        if like is not None:
            return alike(song_titled(like, self.recommender.table))
        return mood(mood_name or "", self.query)
