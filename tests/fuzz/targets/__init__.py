"""One module each: `run` takes any bytes, and raises when the product may not do what it does."""
