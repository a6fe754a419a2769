"""What a batch may be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """The most that a batch may have; the defaults are OpenAI's.

    https://platform.openai.com/docs/guides/batch

    Args:
        bytes: The file's size; None for any.
        requests: How many requests there may be; None for any number.
        one_url: Whether all requests must have the same `url`, as OpenAI's Batch API wants it;
            `vllm run-batch` takes several.
    """

    bytes: int | None = 200 * 2**20
    requests: int | None = 50_000
    one_url: bool = True
