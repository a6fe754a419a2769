"""`larder admin verify`: whether a deployment keeps what Larder promises, seen from outside.

It is asked as users ask it, with the openai SDK and plain HTTP, by two owners that are made for it
and whose keys last an hour. Every file that it stores expires within an hour, so what a run leaves
that was killed goes by itself; one that ends removes it at once.

Each module has some promises; `run` goes through all of them. What cannot be looked at where it is
run, such as TLS on an emulator, is reported as not seen and fails nothing.
"""
