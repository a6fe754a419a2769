"""What `make deploy`, `make diff` and `make destroy` do around the CDK's own commands."""
