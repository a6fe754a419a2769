"""The operator's side: needs AWS credentials and the extra `larder[admin]`."""
