"""The types of the rows in `infra/routes.py`: functions, routes and permissions."""

from dataclasses import dataclass
from enum import Enum


class Resource(Enum):
    """What a permission is for; the API stack knows each one's ARN."""

    CATALOG = "catalog"
    CATALOG_BY_PURPOSE = "catalog/index/by_purpose"
    CATALOG_BY_EXPIRY = "catalog/index/by_expiry"
    CATALOG_STREAM = "catalog/stream"
    CATALOG_STREAMS = "catalog/stream/*"
    API_KEYS = "api_keys"
    FILES = "content/expires-in-*"
    PARTS = "content/parts/*"
    CONTENT = "content"
    DEAD_LETTERS = "dead_letters"
    KEY = "key"  # the team's own key, if the stage has one


@dataclass(frozen=True, slots=True)
class Permission:
    """Actions on one resource; listing a bucket is limited to keys under a prefix."""

    resource: Resource
    actions: tuple[str, ...]
    prefix: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One function: its module below `lambdas`, its permissions and its size.

    CPU, for a cold start, depends on memory: a core for 1769 MiB. API Gateway waits 29 seconds.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
    """

    module: str
    permissions: tuple[Permission, ...]
    memory_mib: int = 512
    timeout_seconds: int = 29

    @property
    def name(self) -> str:
        """The module's own name, such as `create_file`."""
        return self.module.rpartition(".")[2]

    @property
    def handler(self) -> str:
        """What Lambda calls."""
        return f"lambdas.{self.module}.handler"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What runs as a task on Fargate: the package that is its program, and its permissions."""

    name: str
    permissions: tuple[Permission, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint, below the base path `/v1`; its operation id is the function's name."""

    method: str
    path: str
    function: Function


def catalog(*actions: str) -> Permission:
    """On the catalog's items."""
    return Permission(Resource.CATALOG, tuple(f"dynamodb:{action}" for action in actions))


BY_PURPOSE = Permission(Resource.CATALOG_BY_PURPOSE, ("dynamodb:Query",))
BY_EXPIRY = Permission(Resource.CATALOG_BY_EXPIRY, ("dynamodb:Query",))


def files(*actions: str) -> Permission:
    """On the objects that are, or become, files' content."""
    return Permission(Resource.FILES, tuple(f"s3:{action}" for action in actions))


def parts(*actions: str) -> Permission:
    """On the staged parts of uploads."""
    return Permission(Resource.PARTS, tuple(f"s3:{action}" for action in actions))


LIST_PARTS = Permission(Resource.CONTENT, ("s3:ListBucket",), prefix="parts/*")
