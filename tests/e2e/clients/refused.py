"""Forms that are to be refused, sent by requests: refused.py FORMS, a list in JSON.

Prints the status and the message that each of them is answered with.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import requests


def told(form: dict[str, Any]) -> list[Any]:
    upload, purpose = form["upload_id"], form["purpose"]
    path, name = (f"/uploads/{upload}/parts", "data") if upload else ("/files", "file")
    with Path(form["file"]).open("rb") as content:
        answer = requests.post(
            os.environ["OPENAI_BASE_URL"] + path,
            headers=form["headers"],
            data={"purpose": purpose} if purpose else {},
            files={name: content},
            timeout=120,
        )
    return [answer.status_code, answer.json()["error"]["message"]]


print(json.dumps([told(form) for form in json.loads(sys.argv[1])]))
