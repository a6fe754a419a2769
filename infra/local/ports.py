"""The local deployment's ports, which only this machine can reach."""

import socket

from infra.local.errors import LocalError

HOST = "127.0.0.1"


def bound(port: int) -> socket.socket:
    """A socket that has a port, and does not listen yet; the caller closes it.

    Raises:
        LocalError: The port is taken.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise LocalError(
            f"Port {port} on {HOST} is taken ({error.strerror}), and `make run` needs two, PORT "
            f"and the one after it. Stop what listens there, or choose another: "
            f"make run PORT={port + 1}"
        ) from None
    return listener
