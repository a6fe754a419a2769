"""The words of HTTP: requests, responses, the multipart form, the error envelope."""
