"""What became of the creates: how many, how fast, and for how much."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Figures:
    """Counted while it goes on."""

    asked: int = 0
    tries: int = 0
    busy: int = 0
    failed: int = 0
    units: int = 0
    wasted: int = 0
    seconds: list[float] = field(default_factory=list)
    moments: list[float] = field(default_factory=list)

    def done(self, now: float, came: float) -> None:
        """One that came then is created."""
        self.seconds.append(now - came)
        self.moments.append(now)

    def rate(self, since: float, until: float) -> float:
        """Tell how many were created in a second between two moments."""
        return sum(since < moment <= until for moment in self.moments) / (until - since)

    def quantile(self, share: float) -> float:
        """Tell within how many seconds this share of those that were created was created."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0

    @property
    def tries_each(self) -> float:
        """How often DynamoDB was asked, for each create."""
        return self.tries / self.asked

    @property
    def busy_share(self) -> float:
        """The share of creates that were answered Busy, at the client's last try."""
        return self.failed / self.asked

    @property
    def units_each(self) -> float:
        """How many write units were paid for each file."""
        return self.units / max(1, len(self.seconds))

    @property
    def wasted_share(self) -> float:
        """The share of these that paid for tries that were refused."""
        return self.wasted / max(1, self.units)
