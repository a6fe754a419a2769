"""Every test; `tests.bed` is the test bed that they share."""
