"""The two stacks, which only put constructs together: what must be kept, and what need not."""
