"""The test bed: Larder's functions in this process, behind an API Gateway, on moto's AWS.

A test's request goes the way that a deployed one goes:

    openai SDK -> Gateway -> authorizer, endpoint -> Wire -> moto
               -> Bucket (presigned URLs)         -> Wire -> moto

Time is the bed's `Clock`, which the gateway stamps on every request, so nothing needs to sleep.
"""

from tests.bed.environment import set_environment

set_environment()  # before any function is imported, as they read it then
