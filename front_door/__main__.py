"""`python -m front_door`: serve until SIGTERM."""
