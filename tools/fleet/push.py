"""A push as the rollout sees it: what one box lacks, and the steps that bring it there."""

from collections.abc import Iterator
from dataclasses import dataclass

from device.releases.push_protocol import Plan, Presence
from tools.fleet.box import Box
from tools.fleet.cargo import Cargo
from tools.fleet.readiness import ask_plan
from tools.fleet.rollout import Prepared, prepared
from tools.fleet.steps import Activate, Collect, DeleteSongs, Restart, SendRelease, SendSongs, Step


@dataclass(frozen=True, slots=True)
class Pushing:
    """One cargo for all boxes."""

    cargo: Cargo
    delete: bool
    """Whether to delete in the end what the cargo makes useless."""
    patience_seconds: float

    def prepare(self, box: Box) -> Prepared:
        """Ask a box what it lacks.

        :raises MienError: if it cannot be asked.
        """
        plan = ask_plan(box, self.cargo.offer)
        goal = plan.release.release_id if plan.release else plan.current
        return prepared(box, plan, goal, self.steps(plan))

    def steps(self, plan: Plan) -> Iterator[Step]:
        """Say what is to be done to a box of this plan, nothing if it has it all."""
        songs, release, cargo = plan.songs, plan.release, self.cargo
        is_new = release is not None and release.presence is not Presence.CURRENT
        if songs and songs.missing:
            yield SendSongs(str(cargo.music), songs.folder, songs.missing, songs.send_bytes)
        if release and release.landing:
            yield SendRelease(
                source=str(cargo.release),
                landing=release.landing,
                files=cargo.release_files,
                missing=release.missing,
                size=release.send_bytes,
                copy_from=release.copy_from,
            )
        if release and is_new:
            place = release.landing or release.release_id
            yield Activate(release.release_id, place, plan.current, cargo.offer.allow_downgrade)
        if release and (is_new or not plan.confirmed):
            yield Restart(release.release_id, self.patience_seconds)
        if self.delete and songs and songs.surplus:
            yield DeleteSongs(songs.folder, songs.surplus)
        if self.delete and is_new:
            yield Collect()
