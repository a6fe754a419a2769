"""uvicorn's HTTP, with a way to cut off a client that does not read its answer.

A connection that is closed is first emptied, for which such a client takes its time.
"""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class AbortableProtocol(HttpToolsProtocol):
    """Gives each request's `state` an `abort`, which ends its connection at once."""

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self.scope["state"]["abort"] = self.transport.abort
