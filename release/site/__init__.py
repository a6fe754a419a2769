"""The documents as a static site, which works from a folder and asks no other host."""
