"""The stacks, which combine constructs: the data, the API, and optionally the front door."""
