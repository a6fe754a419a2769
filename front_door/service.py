"""The rules and stores of a front door, put together once."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from front_door.authorizing import Authorizer
from front_door.checksums import crc64nvme_of
from front_door.settings import Settings
from front_door.threads import Threads
from lambdas.core.file_changes import FileCreation
from lambdas.core.large_files import LargeFiles
from lambdas.core.large_parts import LargeParts
from lambdas.core.limits import Limits
from lambdas.core.quota import Quota
from lambdas.core.repeated_forms import RepeatedForms
from lambdas.core.staging import Staging
from lambdas.stores.api_keys import ApiKeys
from lambdas.stores.aws import s3
from lambdas.stores.catalog.claims import ClaimItems
from lambdas.stores.catalog.file_changes import FileChanges
from lambdas.stores.catalog.files import FileItems
from lambdas.stores.catalog.staging import StagedCounts
from lambdas.stores.catalog.table import Table
from lambdas.stores.catalog.together import Together
from lambdas.stores.catalog.uploads import UploadItems
from lambdas.stores.catalog.usage import UsageItems
from lambdas.stores.content import Bucket
from lambdas.stores.multipart import MultipartObjects
from lambdas.stores.parts import BucketParts


@dataclass(frozen=True, slots=True)
class Service:
    """What requests are answered with; `clock` tells seconds since 1970."""

    settings: Settings
    threads: Threads
    clock: Callable[[], float]
    authorizer: Authorizer
    files: FileItems
    contents: Bucket
    file_creation: FileCreation
    repeated_forms: RepeatedForms
    large_files: LargeFiles
    staging: Staging
    large_parts: LargeParts

    @classmethod
    def from_environment(cls, clock: Callable[[], float] = time.time) -> "Service":
        """Open what the environment names, as the functions do."""
        settings = Settings.from_environment()
        table, contents = Table.from_environment(), Bucket.from_environment()
        parts_on_their_way = settings.requests_at_once * settings.parts_at_once
        # All that is sent has a checksum, so its content need not be signed.
        client = s3(signs_content=False, connections=parts_on_their_way)
        sending = Bucket(contents.name, client, crc64nvme_of)
        objects = MultipartObjects(sending)
        quota = Quota(UsageItems(table), Limits.from_json(os.environ["LIMITS"]))
        uploads, claims = UploadItems(table), ClaimItems(table)
        changes = FileChanges(table, Together())
        staging = Staging(uploads, StagedCounts(uploads), sending, quota)
        return cls(
            settings=settings,
            threads=Threads(parts_on_their_way + 2 * settings.requests_at_once),
            clock=clock,
            authorizer=Authorizer(ApiKeys.from_environment(), clock),
            files=FileItems(table),
            contents=contents,
            file_creation=FileCreation(changes, claims, sending, quota),
            repeated_forms=RepeatedForms(claims, quota.limits),
            large_files=LargeFiles(uploads, claims, BucketParts(contents), objects, quota),
            staging=staging,
            large_parts=LargeParts(staging, objects),
        )
