"""Whether a file is a batch: requests as OpenAI's Batch API and `vllm run-batch` take them.

https://platform.openai.com/docs/api-reference/batch/request-input
"""
