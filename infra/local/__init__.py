"""The whole deployment on this machine, for `make run` and for the end-to-end tests."""
