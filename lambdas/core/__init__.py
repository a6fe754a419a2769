"""The rules, without AWS and without HTTP."""
