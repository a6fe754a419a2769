"""A close look at those lines of a batch that are not simply good."""

import orjson

from larder.batch.findings import Findings
from larder.batch.json_faults import why_no_json
from larder.batch.limits import BatchLimits
from larder.batch.report import Fault
from larder.batch.request_faults import MARK, column_of, count_faults_in, faults_in, shown
from larder.values import format_exactly

_MARK = MARK.encode()
_SPACE = b" \t\r\n"
# Of a batch with several URLs so many are known as good at once, which bounds memory.
_MOST_URLS = 1000


class LineChecker:
    """What is known of the lines so far; `urls` are those that are good, with their first lines."""

    def __init__(self, limits: BatchLimits, most_line: int, findings: Findings) -> None:
        """Has read nothing; a line may have `most_line` bytes."""
        self.requests = 0
        self.urls: dict[str, int] = {}
        self.most_line = most_line
        self._limits = limits
        self._findings = findings
        self._first_blank: int | None = None
        self._bytes = 0

    def count(self, number: int, line: bytes) -> None:
        """Counts a request, before which no line may be blank."""
        self.requests += 1
        if self._first_blank is not None:
            self._findings.blank_lines(self._first_blank, number)
            self._first_blank = None
        self._weigh(number, line)
        most = self._limits.requests
        if most is not None and self.requests == most + 1:
            message = f"request {self.requests}, and a batch has at most {most}"
            self._add(number, "too_many_requests", message)

    def examine(self, number: int, line: bytes) -> str | None:
        """Looks for what is wrong; answers the `custom_id` that the line has nevertheless."""
        if not line.strip(_SPACE):
            self._first_blank = self._first_blank or number
            self._weigh(number, line)
            return None
        self.count(number, line)
        if len(line.rstrip(b"\r\n")) > self.most_line:
            self._add(
                number, "line_too_long", f"a line of more than {format_exactly(self.most_line)}"
            )
            return None
        if line.startswith(_MARK):
            message = "a byte order mark, which JSON does not have: save it without"
            self._add(number, "byte_order_mark", message)
            line = line.removeprefix(_MARK)
        try:
            request = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            self._findings.add(Fault(number, *why_no_json(line, error)))
            return None
        if self._findings.would_report(number):
            for fault in faults_in(request, line, number):
                self._findings.add(fault)
        else:
            self._findings.add_unreported(count_faults_in(request, line))
        if not isinstance(request, dict):
            return None
        self._look_at_url(number, line, request.get("url"))
        custom_id = request.get("custom_id")
        return custom_id if isinstance(custom_id, str) else None

    def passes_over(self, number: int, line: bytes) -> bool:
        """Whether of a line that is no JSON nothing would be told: then it is counted only."""
        if line.startswith(_MARK) or self._findings.would_report(number):
            return False
        self.count(number, line)
        self._findings.add_unreported(1)
        return True

    def end(self) -> None:
        """There are no more lines."""
        if self.requests == 0:
            self._add(1, "empty", "no request in it")

    def _weigh(self, number: int, line: bytes) -> None:
        before, most = self._bytes, self._limits.bytes
        self._bytes += len(line)
        if most is not None and before <= most < self._bytes:
            message = f"beyond the {format_exactly(most)} that a batch has at most"
            self._add(number, "too_many_bytes", message)

    def _look_at_url(self, number: int, line: bytes, url: object) -> None:
        if not isinstance(url, str) or not url.startswith("/") or url in self.urls:
            return
        if self.urls and self._limits.one_url:
            if not self._findings.would_report(number):
                self._findings.add_unreported(1)
                return
            ((first, at),) = self.urls.items()
            message = f"url is {shown(url)}, but {shown(first)} on line {at}: a batch has one"
            self._findings.add(Fault(number, column_of("url", line), "mixed_urls", message))
        elif len(self.urls) < _MOST_URLS:
            self.urls[url] = number

    def _add(self, number: int, code: str, message: str) -> None:
        self._findings.add(Fault(number, 1, code, message))
