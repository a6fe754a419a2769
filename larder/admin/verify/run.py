"""The verification itself: every promise in turn, and then everything is removed."""

from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from larder.admin.check.bucket import Bucket
from larder.admin.check.catalog import Catalog
from larder.admin.check.run import Check
from larder.admin.deployment import Deployment
from larder.admin.verify import files, front_door, gateway, pace, uploads
from larder.admin.verify.leftovers import remove_everything
from larder.admin.verify.promise import Outcome, Promise, Unseen, expect, verify_promise
from larder.admin.verify.scene import Scene, scene_at
from larder.admin.verify.stacks import Stacks

# What `larder admin check` reads within a minute or so.
MOST_ITEMS_CHECKED = 200_000


def agreement(scene: Scene) -> str | None:
    """Catalog, bucket and usage agree, of these two owners and of all others."""
    catalog = Catalog(scene.deployment)
    if (items := catalog.size()) > MOST_ITEMS_CHECKED:
        raise Unseen(f"{items:,} items take long to read: run `larder admin check` by itself")
    check = Check(catalog, Bucket(scene.deployment))
    found = list(check.run())
    ours = [one for one in found if one.owner in (scene.alice.owner, scene.bob.owner)]
    expect(not ours, "; ".join(f"{one.damage.value}: {one.subject}" for one in ours[:3]))
    return f"{len(found)} findings of others: run `larder admin check`" if found else None


AGREEMENT = Promise("check", "catalog, bucket and usage agree", agreement)
REMOVAL = Promise("removal", "all that this has made is removed", remove_everything)

PROMISES = (
    *files.PROMISES,
    *uploads.PROMISES,
    *gateway.PROMISES,
    *front_door.PROMISES,
    *pace.PROMISES,
    *front_door.WAITING,
    AGREEMENT,
)
"""In the order in which they are told; the removal comes after them, and cannot be skipped."""


@dataclass(frozen=True, slots=True)
class Verification:
    """One run over a deployment, which passes over what is to be skipped."""

    deployment: Deployment
    stacks: Stacks
    skip: Collection[str] = ()
    disturbs: bool = False

    def run(self) -> Iterator[Outcome]:
        """Yield what came of each promise, as soon as it is known."""
        wanted = [promise for promise in PROMISES if promise.name not in self.skip]
        with (
            scene_at(self.deployment, self.stacks, disturbs=self.disturbs) as scene,
            ThreadPoolExecutor(len(front_door.WAITING)) as pool,
        ):
            waiting = {
                promise.name: pool.submit(verify_promise, promise, scene)
                for promise in wanted
                if promise in front_door.WAITING
            }
            try:
                for promise in wanted:
                    begun = waiting.get(promise.name)
                    yield begun.result() if begun else verify_promise(promise, scene)
            finally:
                removed = verify_promise(REMOVAL, scene)
            yield removed
