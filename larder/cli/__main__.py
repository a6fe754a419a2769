"""`python -m larder.cli`, for where the console script is not on the path."""

import sys

from larder.cli import main

sys.exit(main())
