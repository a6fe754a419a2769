"""The words of AWS: DynamoDB tables and the S3 bucket, and nothing that decides."""
