"""All that runs in AWS Lambda: one asset, shared by every function."""

import gc
import os

from lambdas.patterns import use_compiled_patterns

if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    # Imports make many objects and no garbage: collecting meanwhile costs a tenth of a cold
    # start. `lambdas.api.endpoint` turns the collector on again, with all of them frozen.
    gc.disable()

use_compiled_patterns()
