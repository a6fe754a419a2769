"""Errors of the local deployment; each message says why and what to do."""


class LocalError(Exception):
    """The local deployment cannot run, or no longer runs."""


class EmulatorError(LocalError):
    """The emulator cannot run."""


class StateInUseError(EmulatorError):
    """Another emulator is running on the same folder."""


class FrontDoorError(LocalError):
    """The front door cannot run."""


class DeployError(LocalError):
    """The stacks could not be deployed; the message has the end of the CDK's output."""


LOST = 74
"""The emulator's exit code when it cannot save its state."""
