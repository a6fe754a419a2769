"""A deployment under traffic and faults: users, what they were told, and an AWS that fails."""
