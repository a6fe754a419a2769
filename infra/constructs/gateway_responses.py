"""API Gateway's own answers, put into an API."""

from dataclasses import replace

from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from infra.gateway_answers import GatewayAnswer, gateway_answers
from infra.stages import Stage

# What a request from an address that is not allowed is answered; AWS documents neither which kind
# it is nor what is looked at first, so each says both that it may be.
DENIED = ("ACCESS_DENIED", "DEFAULT_4XX")

# The stage's own firewall has one rule. Nothing is gained by trying again within its five minutes.
TOO_OFTEN = GatewayAnswer(
    "WAF_FILTERED",
    429,
    "Too many requests from your network address. Try again in a few minutes.",
    ("rate_limit_error", "rate_limit_exceeded"),
    permanent=True,
)


def add_gateway_responses(api: apigateway.RestApi, stage: Stage) -> None:
    """Give an API its own answers to everything that it answers without a function."""
    responses = Construct(api, "GatewayResponses")
    to_pages = bool(stage.cors_origins)
    for answer in gateway_answers(stage.limits.inline_bytes, to_pages=to_pages):
        response = _of_stage(answer, stage)
        apigateway.GatewayResponse(
            responses,
            response.kind,
            rest_api=api,
            type=apigateway.ResponseType.of(response.kind),
            status_code=str(response.status) if response.status else None,
            response_headers=response.headers,
            templates={"application/json": response.body},
        )


def _of_stage(answer: GatewayAnswer, stage: Stage) -> GatewayAnswer:
    if stage.firewall is not None and answer.kind == TOO_OFTEN.kind:
        return replace(TOO_OFTEN, to_pages=answer.to_pages)
    if stage.allowed_ip_ranges and answer.kind in DENIED:
        message = f"{answer.message} Or requests from your network address are not allowed here."
        return replace(answer, message=message)
    return answer
