"""Content on its way to and from S3: in parts, in parallel, checked, resumed."""
