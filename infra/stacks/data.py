"""The stack of everything that must outlive a deployment."""

import json
from collections.abc import Mapping

from aws_cdk import CfnOutput, RemovalPolicy, Stack
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.constructs.allowed_addresses import deny_presigned_elsewhere
from infra.constructs.content_bucket import ContentBucket
from infra.constructs.tables import BY_EXPIRY, BY_PURPOSE, ApiKeys, Catalog, Keeping
from infra.rows import Resource
from infra.stages import Stage, cors_settings, limits_as_settings


class DataStack(Stack):
    """Bucket and tables. Its outputs are how `larder admin` finds them."""

    def __init__(self, scope: Construct, *, stage: Stage) -> None:
        protected = stage.retain and stage.protect
        super().__init__(
            scope,
            f"{stage.prefix}-data",
            description=f"Larder ({stage.name}): files' content, catalog and API keys",
            termination_protection=protected,
        )
        self._stage = stage
        # What a first deployment made before it failed is empty, and would only be in the way.
        kept = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
        removal_policy = kept if stage.retain else RemovalPolicy.DESTROY
        arn = stage.kms_key_arn
        key = kms.Key.from_key_arn(self, "Key", arn) if arn else None
        self.content = ContentBucket(
            self,
            "Content",
            removal_policy=removal_policy,
            cors_origins=(*stage.cors_origins, *self._origins_of_console()),
            access_log_days=stage.log_days,
            key=key,
        ).bucket
        if stage.allowed_ip_ranges:
            deny_presigned_elsewhere(self.content, stage.allowed_ip_ranges)
        keeping = Keeping(removal_policy=removal_policy, protected=protected, key=key)
        self.catalog = Catalog(self, "Catalog", keeping=keeping).table
        self.api_keys = ApiKeys(self, "ApiKeys", keeping=keeping).table
        CfnOutput(self, "ContentBucket", value=self.content.bucket_name)
        CfnOutput(self, "CatalogTable", value=self.catalog.table_name)
        CfnOutput(self, "ApiKeysTable", value=self.api_keys.table_name)

    def arns(self) -> Mapping[Resource, str]:
        """What rows' permissions are for, as another stack names it."""
        catalog = self.export_value(self.catalog.table_arn)
        content = self.export_value(self.content.bucket_arn)
        return {
            Resource.CATALOG: catalog,
            Resource.CATALOG_BY_PURPOSE: f"{catalog}/index/{BY_PURPOSE}",
            Resource.CATALOG_BY_EXPIRY: f"{catalog}/index/{BY_EXPIRY}",
            Resource.CATALOG_STREAM: self.export_value(self.catalog.table_stream_arn),
            Resource.CATALOG_STREAMS: f"{catalog}/stream/*",
            Resource.API_KEYS: self.export_value(self.api_keys.table_arn),
            Resource.FILES: f"{content}/expires-in-*",
            Resource.PARTS: f"{content}/parts/*",
            Resource.CONTENT: content,
            **({Resource.KEY: key} if (key := self._stage.kms_key_arn) else {}),
        }

    def _origins_of_console(self) -> tuple[str, ...]:
        """From where the console's page sends parts, if there is one.

        The names that AWS gives the API or CloudFront are not known before these are there, and
        come after the bucket; any such name may send what somebody has signed a URL for.
        """
        stage, port = self._stage, self._stage.local_port
        if not stage.console:
            return ()
        if port is not None:
            return tuple(f"http://{host}:{port - 1}" for host in ("127.0.0.1", "localhost"))
        if stage.domain is not None:
            return (f"https://{stage.domain.name}",)
        if stage.front_door is not None:
            return ("https://*.cloudfront.net",)
        return (f"https://*.execute-api.{self.region}.{self.url_suffix}",)

    def code_environment(self) -> dict[str, str]:
        """The variables that describe the deployment to the code that runs on AWS."""
        bucket = self.content
        port = self._stage.local_port
        if port is None:
            content_url = f"https://{bucket.bucket_regional_domain_name}"
        else:
            # Not 127.0.0.1, where the API is: a client that follows a redirect within one origin
            # sends its Authorization along, and S3 refuses that beside a signed URL.
            content_url = f"http://localhost:{port}/{bucket.bucket_name}"
        limits = limits_as_settings(self._stage.limits)
        return {
            "CATALOG_TABLE": self.catalog.table_name,
            "CONTENT_BUCKET": bucket.bucket_name,
            "CONTENT_URL": content_url,
            "LIMITS": json.dumps(limits, separators=(",", ":")),
            "POWERTOOLS_SERVICE_NAME": self._stage.prefix,
            "POWERTOOLS_LOG_LEVEL": "INFO",
            **cors_settings(self._stage.cors_origins),
        }
