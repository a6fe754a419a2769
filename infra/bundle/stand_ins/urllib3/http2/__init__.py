"""HTTP/2, which is off unless it is asked for."""
