"""uvicorn's HTTP, with a way to cut off a client that does not read its answer.

A connection that is closed is first emptied, for which such a client takes its time.
"""

import socket
import struct

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# On, and for no time: what the system still holds is thrown away.
# https://man7.org/linux/man-pages/man7/socket.7.html
NO_LINGER = struct.pack("ii", 1, 0)


class AbortableProtocol(HttpToolsProtocol):
    """Gives each request's `state` an `abort`, which ends its connection at once."""

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self.scope["state"]["abort"] = self._abort

    def _abort(self) -> None:
        """End the connection; the client is told so, and cannot take it for the end of content."""
        line = self.transport.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        self.transport.abort()
