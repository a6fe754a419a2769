"""uvicorn's HTTP, with fewer copies, and a way to cut off a client that reads no answer.

A normal close first waits until the answer is sent, which such a client could delay for ever.
"""

import socket
import struct

from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# SO_LINGER on, for 0 seconds: closing discards what is not sent yet.
# https://man7.org/linux/man-pages/man7/socket.7.html
NO_LINGER = struct.pack("ii", 1, 0)


class AbortableProtocol(HttpToolsProtocol):
    """Gives each request's `state` an `abort`, which ends its connection at once."""

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self.scope["state"]["abort"] = self._abort

    def on_body(self, body: bytes) -> None:
        """Take what has been read, without copying it if nothing is waiting to be read."""
        cycle = self.cycle
        if cycle.body or cycle.response_complete:
            held: bytes | bytearray = cycle.body
            cycle.body = held if isinstance(held, bytearray) else bytearray(held)
            super().on_body(body)
            return
        cycle.body = body  # type: ignore[assignment] # `receive` makes it bytes, which it is
        if len(body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        cycle.message_event.set()

    def _abort(self) -> None:
        """Reset the connection, so that the client cannot mistake it for the end of the content."""
        line = self.transport.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        self.transport.abort()
