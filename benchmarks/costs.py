"""What Larder costs on AWS, reckoned and not measured: `make costs` writes it into docs/deploy.md.

List prices of us-east-1 in USD, as they were known on 27 November 2026, without free tiers:
https://aws.amazon.com/api-gateway/pricing/ https://aws.amazon.com/lambda/pricing/
https://aws.amazon.com/dynamodb/pricing/on-demand/ https://aws.amazon.com/s3/pricing/
https://aws.amazon.com/cloudwatch/pricing/ https://aws.amazon.com/xray/pricing/
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contention.costs import (
    DOLLARS_A_MILLION_READ_UNITS,
    DOLLARS_A_MILLION_WRITE_UNITS,
    FILE_UNITS,
    create_units,
    release_units,
)
from benchmarks.pages import replaced

PAGE = Path(__file__).parents[1] / "docs" / "deploy.md"
GB = 1e9
SECONDS_A_MONTH = 730 * 3600

# API Gateway's REST API, a million requests: up to so many millions a month, at so much.
GATEWAY_TIERS = ((333.0, 3.50), (1_000.0, 2.80), (20_000.0, 2.38), (float("inf"), 1.51))
LAMBDA_A_MILLION = 0.20
LAMBDA_GB_SECOND = 0.0000133334  # arm64
S3_PUT_A_MILLION = 5.00
S3_GET_A_MILLION = 0.40
S3_GB_MONTH = 0.023
OUT_GB = 0.09
LOG_GB = 0.50
TRACE_A_MILLION = 5.00
TABLE_GB_MONTH = 0.25
RECOVERY_GB_MONTH = 0.20  # point-in-time recovery

# The request's line, Lambda's three and API Gateway's.
LOG_BYTES = 1_200
TRACED = 0.05  # beside one each second


@dataclass(frozen=True, slots=True)
class Kind:
    """What one request of a kind takes.

    `seconds` is how long a warm function works, a guess from what it does: S3 takes 0.15 to put
    and 0.03 to get, DynamoDB 0.025 for a transaction and 0.008 for a read.
    """

    words: str
    memory_gib: float
    seconds: float
    writes: float = 0
    reads: float = 0
    puts: float = 0
    gets: float = 0
    out_bytes: float = 1_000
    is_request: bool = True

    def dollars(self) -> dict[str, float]:
        """What a million of them cost by service, but for API Gateway's tiers."""
        function = LAMBDA_A_MILLION + 1e6 * self.seconds * self.memory_gib * LAMBDA_GB_SECOND
        tables = (
            self.writes * DOLLARS_A_MILLION_WRITE_UNITS + self.reads * DOLLARS_A_MILLION_READ_UNITS
        )
        logs = 1e6 * LOG_BYTES / GB * LOG_GB + TRACED * TRACE_A_MILLION
        return {
            "API Gateway": GATEWAY_TIERS[0][1] if self.is_request else 0,
            "Lambda": function,
            "DynamoDB": tables,
            "S3": self.puts * S3_PUT_A_MILLION + self.gets * S3_GET_A_MILLION,
            "logs and traces": logs if self.is_request else 0,
            "bytes out": 1e6 * self.out_bytes / GB * OUT_GB,
        }


MIB = 2**20
CREATE = Kind("create a file of 1 MiB", 1, 0.21, writes=create_units(), reads=1, puts=1)
RETRIEVE = Kind("retrieve a file", 0.5, 0.010, reads=1)
CONTENT = Kind("read content of 1 MiB", 1, 0.045, reads=1, gets=1, out_bytes=MIB)
LIST = Kind("list 20 files", 1, 0.015, reads=3, out_bytes=1_500)
DELETE = Kind(
    "delete a file", 0.5, 0.045, writes=FILE_UNITS + release_units(), reads=1, out_bytes=100
)
EXPIRE = Kind(
    "a file expires and is reaped",
    0.5,
    0.004,
    writes=release_units(),
    reads=0.5,
    out_bytes=0,
    is_request=False,  # a hundred of them are one call, whose line is nothing
)
KINDS = (CREATE, RETRIEVE, CONTENT, LIST, DELETE, EXPIRE)

# Of a hundred requests so many. What is created is read once and expires.
MIX: Mapping[Kind, float] = {CREATE: 20, CONTENT: 20, RETRIEVE: 50, LIST: 8, DELETE: 2, EXPIRE: 18}
RATES = (1, 100, 10_000)
LIFE_SECONDS = 7 * 86_400
ITEM_BYTES = 2_000  # with its part in both indexes, and 100 for each of these


def by_kind() -> list[str]:
    """What a million of each kind cost, by service."""
    services = list(CREATE.dollars())
    lines = [_row("a million times", *services, "together"), _row("---", *["---"] * 7)]
    for kind in KINDS:
        costs = kind.dollars()
        cells = [f"{costs[service]:.2f}" for service in services]
        lines.append(_row(kind.words, *cells, f"**{sum(costs.values()):.2f}**"))
    return lines


def by_rate() -> list[str]:
    """What a month costs at each rate, with the mix and with what is stored then."""
    lines = [
        _row("requests a second", *_monthly(1), "together", "a million requests"),
        _row(*["---"] * 10),
    ]
    for rate in RATES:
        costs = _monthly(rate)
        total, millions = sum(costs.values()), rate * SECONDS_A_MONTH / 1e6
        cells = [f"{cost:,.0f}" for cost in costs.values()]
        lines.append(_row(f"{rate:,}", *cells, f"**{total:,.0f}**", f"{total / millions:.2f}"))
    return lines


def _monthly(rate: float) -> dict[str, float]:
    millions = rate * SECONDS_A_MONTH / 1e6
    costs = dict.fromkeys(CREATE.dollars(), 0.0)
    for kind, share in MIX.items():
        for service, dollars in kind.dollars().items():
            costs[service] += millions * share / 100 * dollars
    costs["API Gateway"] = gateway(millions)
    files = rate * MIX[CREATE] / 100 * LIFE_SECONDS
    stored = files * MIB / GB * S3_GB_MONTH
    items = files * ITEM_BYTES / GB * (TABLE_GB_MONTH + RECOVERY_GB_MONTH)
    return {**costs, "stored": stored + items}


def gateway(millions: float) -> float:
    """What so many million requests in a month cost at API Gateway, tier by tier."""
    dollars, below = 0.0, 0.0
    for most, price in GATEWAY_TIERS:
        dollars += max(0.0, min(millions, most) - below) * price
        below = most
    return dollars


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def tables() -> Iterator[tuple[str, list[str]]]:
    """Each table of the page, by its name there."""
    yield "by kind", by_kind()
    yield "by rate", by_rate()


def main() -> None:
    """Write the tables into the page, and show them."""
    for name, lines in tables():
        text = "\n".join(lines)
        sys.stdout.write(f"{name}\n{text}\n\n")
        PAGE.write_text(replaced(PAGE.read_text(), name, text))


if __name__ == "__main__":
    main()
