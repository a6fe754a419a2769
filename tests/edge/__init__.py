"""What is at CloudFront's edge, tested here: which requests go to the front door."""
