"""What AWS calls by itself: the authorizer and the reaper."""
