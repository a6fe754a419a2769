"""Why nothing was begun."""


class OperationError(Exception):
    """A person has to do something first; the message says what, in plain words."""
