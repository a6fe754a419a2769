"""API Gateway's own answers, put into an API."""

from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from infra.gateway_answers import gateway_answers


def add_gateway_responses(api: apigateway.RestApi, *, inline_bytes: int) -> None:
    """Give an API its own answers to everything that it answers without a function."""
    responses = Construct(api, "GatewayResponses")
    for answer in gateway_answers(inline_bytes):
        apigateway.GatewayResponse(
            responses,
            answer.kind,
            rest_api=api,
            type=apigateway.ResponseType.of(answer.kind),
            status_code=str(answer.status) if answer.status else None,
            response_headers=answer.headers,
            templates={"application/json": answer.body},
        )
