"""A simulation of what one owner's writes do to one another, in virtual time."""
