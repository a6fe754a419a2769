"""What can go wrong with an asset."""


class AssetError(Exception):
    """The asset could not be built; the message is one line for a person."""
