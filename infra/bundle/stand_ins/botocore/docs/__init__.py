"""botocore's documentation, which nobody reads in a function."""
