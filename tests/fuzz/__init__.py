"""Fuzzing: any bytes, wherever the product reads bytes that somebody else wrote.

`make fuzz` tries them for as long as one likes, guided by coverage (atheris, which is libFuzzer),
and `make test` for five seconds. A target is a module of `targets`; what reached something new is
kept in `corpus`, and is tried on every run. All of it runs in an environment of its own,
`.venv-fuzz`, where other parsers are too, to be compared with.
"""
