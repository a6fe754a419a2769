"""Access to AWS: the DynamoDB tables and the S3 bucket, without any rules."""
