"""For users of the openai SDK: needs the extra `larder[openai]`."""
