"""One module is one API endpoint is one Lambda function."""
