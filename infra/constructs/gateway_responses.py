"""API Gateway's own answers, put into an API."""

from dataclasses import replace

from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from infra.gateway_answers import GatewayAnswer, gateway_answers

# What a request from an address that is not allowed is answered; AWS documents neither which kind
# it is nor what is looked at first, so each says both that it may be.
DENIED = ("ACCESS_DENIED", "DEFAULT_4XX")


def add_gateway_responses(
    api: apigateway.RestApi, *, inline_bytes: int, for_some_addresses: bool
) -> None:
    """Give an API its own answers to everything that it answers without a function.

    Args:
        api: The API.
        inline_bytes: What one request may carry.
        for_some_addresses: Whether it refuses requests from others.
    """
    responses = Construct(api, "GatewayResponses")
    for answer in gateway_answers(inline_bytes):
        said = _of_addresses(answer) if for_some_addresses else answer
        apigateway.GatewayResponse(
            responses,
            said.kind,
            rest_api=api,
            type=apigateway.ResponseType.of(said.kind),
            status_code=str(said.status) if said.status else None,
            response_headers=said.headers,
            templates={"application/json": said.body},
        )


def _of_addresses(answer: GatewayAnswer) -> GatewayAnswer:
    if answer.kind not in DENIED:
        return answer
    message = f"{answer.message} Or requests from your network address are not allowed here."
    return replace(answer, message=message)
