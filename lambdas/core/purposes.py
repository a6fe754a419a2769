"""What a file is for, and who may say so.

https://platform.openai.com/docs/api-reference/files/create#files_create-purpose
"""

from lambdas.core.callers import Caller
from lambdas.core.errors import InvalidRequest, PermissionDenied
from lambdas.core.limits import Limits

BATCH_OUTPUT = "batch-output"
PURPOSES = ("batch", "fine-tune", BATCH_OUTPUT)

NEVER_STORED = frozenset(
    {"assistants", "assistants_output", "evals", "fine-tune-results", "user_data", "vision"}
)
"""OpenAI's purposes that no file here has: https://github.com/openai/openai-openapi"""

# OpenAI also spells one with an underscore: accepted wherever a purpose is read, never answered.
SPELLINGS = {"batch_output": BATCH_OUTPUT}


def writable_purpose(purpose: object, caller: Caller, limits: Limits) -> str:
    """Return the purpose when this caller may create files of it.

    Raises InvalidRequest for what is unknown or not supported yet, PermissionDenied for what is
    somebody else's to write.
    """
    purpose = _spelled(purpose)
    if caller.acting:
        if purpose != BATCH_OUTPUT:
            caller.must_be_the_owner()
        return BATCH_OUTPUT
    if purpose == BATCH_OUTPUT:
        raise PermissionDenied(
            "Only an API key with the scope 'service', acting for an owner, may create files "
            "with purpose 'batch-output'.",
            param="purpose",
        )
    if isinstance(purpose, str) and purpose in limits.upload_purposes:
        return purpose
    allowed = ", ".join(f"'{name}'" for name in limits.upload_purposes)
    if purpose in PURPOSES:
        raise InvalidRequest(
            f"Purpose '{purpose}' is not supported yet. Allowed: {allowed}.", param="purpose"
        )
    raise InvalidRequest(f"Invalid 'purpose'. Allowed: {allowed}.", param="purpose")


def known_purpose(purpose: str) -> str:
    """Return a purpose to filter by, perhaps one of `NEVER_STORED`.

    Raises InvalidRequest naming those that files here have.
    """
    purpose = str(_spelled(purpose))
    if purpose not in PURPOSES and purpose not in NEVER_STORED:
        allowed = ", ".join(f"'{name}'" for name in PURPOSES)
        raise InvalidRequest(f"Invalid 'purpose'. Allowed: {allowed}.", param="purpose")
    return purpose


def _spelled(purpose: object) -> object:
    """Return a purpose in the spelling that is stored, and anything else unchanged."""
    return SPELLINGS.get(purpose, purpose) if isinstance(purpose, str) else purpose
