"""`larder admin check`: compares a deployment's catalog with its bucket.

It makes three passes, each of which keeps only a page and a few numbers for each owner:

1. The catalog is scanned: what each owner has, what has been expired for too long, what cannot be
   read, and whether each object key is the item's own.
2. The bucket is listed: every object must be a file's or a session's, named by it, and have its
   size. An owner with fewer objects than files lacks some. A listing has no checksums:
   with `--checksums` S3 is asked for that of each object, in a call each.
3. Owners with fewer objects than files, or with a usage that differs from its sum, are checked one
   by one: their files' keys are listed in order, a thousand at a time.

The first read of anything may be eventually consistent, which costs half and may be a moment old.
It serves only to skip what is sound, to count, and to find suspects: an item that seems wrong, an
object that seems to belong to nothing, an owner whose numbers differ. Each suspect is read again,
consistently, and only that reading is reported or repaired. So an outdated read may hide something
until the next run, but never causes a false finding. Which objects a damaged item names cannot be
asked later, so a check that repairs scans consistently from the start.

Reads keep a pace, by the read units that DynamoDB reports for each: see `pace`.

Users may go on meanwhile. What is younger than the grace period is skipped, and what seems wrong is
read twice, with time for the reaper in between. A difference in usage counts if it is the same both
times, each time with a usage that does not change while the sum is taken. A new file may hide an
owner's file that lost its object; the next run finds it.

Damage is a finding and stops nothing. Objects that a damaged item names, or that may belong to one,
are remembered from the first pass on, and no repair deletes them. A repair gives an item the key of
an object only if that is surely its own, and leaves everything uncertain to a person.

Repairs are safe to interrupt and to repeat. A removal gives bytes back together with the marker
`released#…`, as everywhere. When a usage is set to its sum, the time is kept with it: the sum
lacks what was removed earlier, so the reaper gives nothing back for that, even if its record comes
later.
"""
