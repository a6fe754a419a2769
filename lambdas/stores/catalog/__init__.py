"""The catalog: one DynamoDB table of what every owner has.

Partition key `owner`, sort key `id`. Ids begin with the time of their making, so an owner's files
lie in the order of their creation.

====================== ===============================================================
id                     attributes
====================== ===============================================================
`file-…`               `bytes`, `expires_at`, `object_key`, `purpose_id`, `crc64nvme`, and
                       `file`: the answer, rendered once (ten thousand strings parse six
                       times faster than ten thousand items of eight attributes)
`upload_…`             `status`, `bytes` (reserved), `staged_bytes`, `staged_parts`,
                       `expires_at` (later once it has parts), `object_key`,
                       `multipart_id`, `session` (JSON of what never changes); on completion
                       `file_id`, `file`, `part_ids_digest`, and `md5` where one was
                       verified
`usage`                `used_bytes` (stored and reserved), `reserved_bytes`, `files`,
                       `uploads` (pending), and `quota_bytes` where an operator has set it
`idempotency#…`        `fingerprint`, `attempt`, `leased_until`, `answer`
====================== ===============================================================

The marker that an id's bytes were given back, `released#…`, lies in a partition of its own,
`<owner>#<id>` (docs/decisions/0016-a-marker-lies-apart.md).

The local index `by_purpose` (`owner`, `purpose_id`) serves filtered lists and `by_expiry`
(`owner`, `expires_at`) finds what has expired; both are strongly consistent, and make 10 GB the
most that one owner's items may take, some ten million files. An owner who has so many is refused
whatever makes the items longer, with CatalogFull.

`expires_at` is also the TTL attribute. TTL may come days late, so every read compares it.
"""
