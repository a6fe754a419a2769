"""The functions by themselves: recorded calls, played to fresh processes that start from an asset.

`scenes` plays each endpoint once on the tests' bed and keeps the event, the calls to AWS and their
answers; `replay` is an AWS that gives these answers on loopback; `probe` is the fresh process.
"""
