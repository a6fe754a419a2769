"""The front door: the streaming way in, for any form and any content, from any client."""

import os

# Where awscrt is installed, botocore signs with it, for which it copies each part into a third
# piece of memory. It asks once, when it is imported.
os.environ.setdefault("BOTO_DISABLE_CRT", "true")
