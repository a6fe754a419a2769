"""What makes the package that users install, beside `larder/` itself: its manual page."""
