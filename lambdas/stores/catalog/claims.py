"""The claims on Idempotency-Keys; an answer is written in the same transaction as its effect."""

import json
from dataclasses import dataclass

from botocore.exceptions import ClientError

from lambdas.core.errors import IdempotencyKeyInUse, IdempotencyKeyReused, LarderError
from lambdas.core.idempotency import KEPT_SECONDS, LEASE_SECONDS, Claim
from lambdas.stores.aws import error_code
from lambdas.stores.catalog.conflicts import outlasting_conflicts
from lambdas.stores.catalog.reading import reading, whole
from lambdas.stores.catalog.table import Item, Step, Table, expressions, n, s, text

IS_FREE = (
    "attribute_not_exists(#id) OR #expires_at <= :now"
    " OR (#fingerprint = :fingerprint AND attribute_not_exists(#answer) AND #leased_until <= :now)"
)
IS_MINE_UNANSWERED = "#attempt = :attempt AND attribute_not_exists(#answer)"


@dataclass(frozen=True, slots=True)
class ClaimItems:
    """The `idempotency#…` items of the catalog."""

    table: Table

    def claim(self, claim: Claim, now: float) -> str | None:
        """Take the key for this attempt, or return the answer that it already has.

        Raises IdempotencyKeyInUse while another attempt is in flight, IdempotencyKeyReused when
        the fingerprints differ, Damaged when the claim cannot be read.
        """
        try:
            outlasting_conflicts(
                lambda: self.table.client.put_item(
                    TableName=self.table.name,
                    Item={
                        **self.table.key(claim.owner, claim.id),
                        "fingerprint": s(claim.fingerprint),
                        "attempt": s(claim.attempt),
                        "leased_until": n(now + LEASE_SECONDS),
                        "expires_at": n(now + KEPT_SECONDS),
                    },
                    **expressions(
                        {"now": n(now), "fingerprint": s(claim.fingerprint)},
                        ConditionExpression=IS_FREE,
                    ),
                )
            )
        except ClientError as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise
            return self._earlier_answer(claim, now)
        return None

    def _earlier_answer(self, claim: Claim, now: float) -> str | None:
        item = self.table.get(claim.owner, claim.id)
        if item is None:
            raise IdempotencyKeyInUse
        if text(item, "attempt") == claim.attempt:
            return None  # botocore repeated this very put after a lost answer
        with reading(claim.owner, claim.id):
            answer = _answer_in(item)
            fingerprint = item["fingerprint"]["S"]
            in_flight = answer is None and whole(item, "leased_until") > now
        if fingerprint != claim.fingerprint and not in_flight:
            raise IdempotencyKeyReused
        if answer is None:  # whatever was asked with it: should that fail, the key is free again
            raise IdempotencyKeyInUse
        return answer

    def has_answer(self, owner: str, claim_id: str, now: float) -> bool:
        """Tell whether a key is kept with its answer; raises Damaged when it cannot be read."""
        item = self.table.get(owner, claim_id)
        if item is None:
            return False
        with reading(owner, claim_id):
            return _answer_in(item) is not None and whole(item, "expires_at") > now

    def unclaim(self, claim: Claim) -> None:
        """Give the key back unless it has been answered; a failure of that is ignored."""
        try:
            outlasting_conflicts(
                lambda: self.table.client.delete_item(
                    TableName=self.table.name,
                    Key=self.table.key(claim.owner, claim.id),
                    **expressions(
                        {"attempt": s(claim.attempt)}, ConditionExpression=IS_MINE_UNANSWERED
                    ),
                )
            )
        except LarderError:
            return  # the lease ends by itself
        except ClientError as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise


def _answer_in(item: Item) -> str | None:
    """Return a claim's answer, None while there is none; raises ValueError when it is damaged."""
    whole(item, "leased_until")
    whole(item, "expires_at")
    if "answer" not in item:
        return None
    answer = text(item, "answer")
    if not isinstance(json.loads(answer), dict):
        raise ValueError("answer")
    return answer


def answered(table: Table, claim: Claim, answer: str) -> Step:
    """Make the step that writes the answer; refused when another attempt has taken the key."""

    def refused(item: Item | None) -> Exception | None:
        if item and text(item, "attempt") == claim.attempt and "answer" in item:
            return None
        return IdempotencyKeyInUse()

    return table.update(
        claim.owner,
        claim.id,
        refused,
        **expressions(
            {"attempt": s(claim.attempt), "answer": s(answer)},
            ConditionExpression=IS_MINE_UNANSWERED,
            UpdateExpression="SET #answer = :answer",
        ),
    )
