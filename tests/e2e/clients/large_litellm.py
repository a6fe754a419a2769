"""One large file through LiteLLM, which takes long to import: large_litellm.py PATH."""

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import litellm

WHERE: dict[str, Any] = {
    "api_base": os.environ["OPENAI_BASE_URL"],
    "api_key": os.environ["OPENAI_API_KEY"],
    "custom_llm_provider": "openai",
}

litellm.suppress_debug_info = True
with Path(sys.argv[1]).open("rb") as file:
    created = litellm.create_file(file=file, purpose="batch", **WHERE)
content = litellm.file_content(created.id, **WHERE).content
print(json.dumps({"created": created.model_dump(), "sha256": hashlib.sha256(content).hexdigest()}))
