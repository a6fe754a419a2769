"""The parts of a deployment, one construct each."""
