"""The servers that files pass through, each a process of its own that can be watched."""

import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import urllib3

START_SECONDS = 60
_SAMPLE_SECONDS = 0.01


@dataclass
class Use:
    """What a server took: its threads' seconds of the cores, and its resident bytes at most."""

    cpu_seconds: float = 0.0
    peak_bytes: int = 0


@dataclass(frozen=True)
class Server:
    """A running server, and what it took of memory before its first request."""

    base_url: str
    process: psutil.Process
    idle_bytes: int

    @contextmanager
    def watched(self) -> Iterator[Use]:
        """Watch it for the length of a `with` block, at whose end the `Use` is known."""
        use, done = Use(), threading.Event()
        sampler = threading.Thread(target=self._sample, args=(use, done))
        before = self.process.cpu_times()
        sampler.start()
        try:
            yield use
        finally:
            done.set()
            sampler.join()
            after = self.process.cpu_times()
        use.cpu_seconds = after.user + after.system - before.user - before.system

    def _sample(self, use: Use, done: threading.Event) -> None:
        while True:
            use.peak_bytes = max(use.peak_bytes, self.process.memory_info().rss)
            if done.wait(_SAMPLE_SECONDS):
                return


@dataclass(frozen=True)
class Program:
    """How to start a server, and the path below its base URL's origin that tells it is ready."""

    command: list[str]
    environment: Mapping[str, str]
    port: int
    ready: str
    log: Path = field(repr=False)

    @contextmanager
    def running(self) -> Iterator[Server]:
        """Run it for the length of a `with` block."""
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                self.command,
                env=dict(self.environment),
                cwd=Path(__file__).parent.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self._wait_until_ready(process)
            seen = psutil.Process(process.pid)
            yield Server(f"{self._origin}/v1", seen, seen.memory_info().rss)
        finally:
            process.terminate()
            process.wait(timeout=60)

    @property
    def _origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _wait_until_ready(self, process: "subprocess.Popen[bytes]") -> None:
        http = urllib3.PoolManager(retries=False, timeout=1)
        deadline = time.monotonic() + START_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            try:
                if http.request("GET", self._origin + self.ready).status == 200:
                    return
            except urllib3.exceptions.HTTPError:
                time.sleep(0.05)
        log = self.log.read_text(errors="replace").splitlines()
        raise AssertionError(f"{self.command[:3]} did not start:\n" + "\n".join(log[-10:]))


def host_environment() -> dict[str, str]:
    """What any program wants of this machine's environment."""
    return {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
