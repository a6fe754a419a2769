"""What can be wrong with a local deployment; each message says why and what to do."""


class EmulatorError(Exception):
    """The emulator cannot run, or no longer runs."""


class StateInUseError(EmulatorError):
    """Another emulator is running on the same folder."""


class DeployError(Exception):
    """The stacks could not be deployed; the message holds the end of the CDK's own words."""


LOST = 74
"""The emulator's exit code when it cannot keep what it would answer."""
