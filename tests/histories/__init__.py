"""Histories: what clients asked and were told, and whether that is linearizable.

`operation` and `recorder` write a history down, `objects` splits it into one of each file, upload
and usage, `files`, `uploads` and `usages` say how each of these may change, `search` looks for an
order, and `shrinking` makes what has none short enough to read.
"""
