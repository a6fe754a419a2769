"""`python -m front_door`: serve on PORT until SIGTERM, and then finish what has begun."""

import os

import uvicorn

from front_door.app import application
from front_door.protocol import AbortableProtocol

# Fargate waits 120 seconds before it kills a task that is to stop.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
GRACE_SECONDS = 110

# Longer than a load balancer keeps an idle connection, so that none is closed during a request.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html
KEEP_ALIVE_SECONDS = 4_000


def main() -> None:
    """Serve what the environment names."""
    uvicorn.run(
        application(),
        host=os.environ.get("HOST", "0.0.0.0"),  # noqa: S104 - a task's own network
        port=int(os.environ.get("PORT", "8080")),
        access_log=False,  # each request has its line in the log already
        http=AbortableProtocol,
        lifespan="off",
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )


if __name__ == "__main__":
    main()
