"""The stacks, which only put constructs together: what is kept, what need not be, and a choice."""
