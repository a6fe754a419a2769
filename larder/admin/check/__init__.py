"""`larder admin check`: holds a deployment's catalog against its bucket.

Three passes, none of which keeps more than a page and a few numbers for each owner:

1. The catalog is scanned: what each owner has, what has been expired for too long, what cannot be
   read, and whether each object key is the item's own.
2. The bucket is listed: every object must be a file's or a session's, named by it, and have its
   size. Who has fewer objects than files lacks some. A listing tells no checksums: with
   `--checksums` S3 is asked for that of each object, a call for each.
3. Owners whose files lack objects or whose usage differs from its sum are looked at alone: their
   files' keys are listed in order, a thousand at a time.

The first look at anything may be eventually consistent, which costs half and is as old as a moment
ago. It only passes over what is sound, counts, and names suspects: an item that seems wrong, an
object that seems to be nobody's, an owner whose numbers differ. Each suspect is read again,
consistently, and only what was read so is told or mended. So an old answer can hide something until
the next run and make nothing up. The one thing that no second read can ask is which objects a
damaged item names, so a check that repairs scans consistently from the start.

Reads keep a pace, by the read units that DynamoDB says each took: see `pace`.

Traffic may run meanwhile. What is younger than the grace period is passed over, and what seems
wrong is looked at twice, with time for the reaper in between. A difference in usage counts when it
is the same both times, each time with the usage standing still while the sum is taken. An owner's
file that lost its object can hide behind one created meanwhile; the next run finds it.

One bad thing is a finding and stops nothing. What a damaged item names, and what may be a damaged
item's, is remembered from the first pass on, as many names as there is damage: no repair deletes
it. A repair gives an item the key of an object that is surely its own, and leaves what it cannot
know to a person.

Repairs are safe to interrupt and to repeat. What is removed gives its bytes back together with the
marker `released#…`, as everywhere. What went before a usage was set to its sum is not in that sum,
so the usage says when that was, and the reaper gives nothing back for what went earlier, however
late it is told.
"""
