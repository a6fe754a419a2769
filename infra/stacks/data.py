"""The stack of everything that must outlive a deployment."""

from aws_cdk import CfnOutput, RemovalPolicy, Stack
from constructs import Construct

from infra.constructs.content_bucket import ContentBucket
from infra.constructs.tables import ApiKeys, Catalog
from infra.stages import Stage


class DataStack(Stack):
    """Bucket and tables. Its outputs are how `larder admin` finds them."""

    def __init__(self, scope: Construct, *, stage: Stage) -> None:
        super().__init__(
            scope,
            f"{stage.prefix}-data",
            description=f"Larder ({stage.name}): files' content, catalog and API keys",
            termination_protection=stage.retain,
        )
        self.content = ContentBucket(
            self,
            "Content",
            removal_policy=RemovalPolicy.RETAIN if stage.retain else RemovalPolicy.DESTROY,
            cors_origins=stage.cors_origins,
            access_log_days=stage.log_days,
        ).bucket
        self.catalog = Catalog(self, "Catalog", retain=stage.retain).table
        self.api_keys = ApiKeys(self, "ApiKeys", retain=stage.retain).table
        CfnOutput(self, "ContentBucket", value=self.content.bucket_name)
        CfnOutput(self, "CatalogTable", value=self.catalog.table_name)
        CfnOutput(self, "ApiKeysTable", value=self.api_keys.table_name)
