"""`larder admin verify`: whether a deployment keeps what Larder promises, seen from outside.

It uses the service as users do, with the openai SDK and plain HTTP, as two owners that are made for
it and whose keys last an hour. Every file that it stores expires within an hour, so what a killed
run leaves goes by itself; otherwise the run removes it at the end.

Each module has some promises; `run` checks all of them. What cannot be checked where it runs, such
as TLS on an emulator, is reported as not seen and is no failure.
"""
