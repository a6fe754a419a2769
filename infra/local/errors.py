"""What can be wrong with a local deployment; each message says why and what to do."""


class LocalError(Exception):
    """The local deployment cannot run, or no longer runs."""


class EmulatorError(LocalError):
    """The emulator cannot run."""


class StateInUseError(EmulatorError):
    """Another emulator is running on the same folder."""


class FrontDoorError(LocalError):
    """The front door cannot run."""


class DeployError(LocalError):
    """The stacks could not be deployed; the message holds the end of the CDK's own words."""


LOST = 74
"""The emulator's exit code when it cannot keep what it would answer."""
