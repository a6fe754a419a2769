"""The client's environment variables: what of them counts, and which of them belong together."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from larder.api.settings import KEY_PREFIX, is_openais_key, is_openais_url, is_same_url

_PAIRS = (("LARDER_BASE_URL", "LARDER_API_KEY"), ("OPENAI_BASE_URL", "OPENAI_API_KEY"))


@dataclass(frozen=True)
class Url:
    """A base URL as it was given, and what messages call the place where."""

    text: str
    source: str


@dataclass(frozen=True)
class Key:
    """A key as it was given, the variable that holds it, and the URL beside it, its home."""

    text: str = field(repr=False)
    source: str
    home: str | None

    @property
    def is_called_larders(self) -> bool:
        """Whether it says so itself, or the variable that it is in."""
        return self.source.startswith("LARDER") or self.text.startswith(KEY_PREFIX)

    @property
    def is_larders(self) -> bool:
        """Whether something says that it is, and not only that nothing says otherwise."""
        return self.is_called_larders or self.home is not None

    @property
    def pair(self) -> str:
        """The variable of the URL beside it."""
        return self.source.replace("API_KEY", "BASE_URL")

    def is_allowed_for(self, url: Url) -> bool:
        """Whether it was set for this URL, or for none."""
        return self.home is None or is_same_url(self.home, url.text)


@dataclass(frozen=True)
class Environment:
    """What counts of the variables: none of it is OpenAI's, and `ignored` names what was."""

    url: Url | None
    key: Key | None
    profile: str | None
    ignored: tuple[str, ...]


def read_environment(variables: Mapping[str, str]) -> Environment:
    """What counts: the first URL and the first key, Larder's own variables before the SDK's."""
    pairs = [_read_pair(variables, *names) for names in _PAIRS]
    return Environment(
        url=next((url for url, _, _ in pairs if url is not None), None),
        key=next((key for _, key, _ in pairs if key is not None), None),
        profile=variables.get("LARDER_PROFILE", "").strip() or None,
        ignored=tuple(name for _, _, names in pairs for name in names),
    )


def _read_pair(
    variables: Mapping[str, str], url_name: str, key_name: str
) -> tuple[Url | None, Key | None, list[str]]:
    """The URL and the key that are set and not OpenAI's, and the names of those that are."""
    url = variables.get(url_name, "").strip()
    key = variables.get(key_name, "").strip()
    ignored = []
    is_beside_openais = is_openais_url(url)
    if is_beside_openais:
        ignored.append(url_name)
        url = ""
    if is_openais_key(key) or (key and is_beside_openais and not key.startswith(KEY_PREFIX)):
        ignored.append(key_name)
        key = ""
    return (
        Url(url, url_name) if url else None,
        Key(key, key_name, url or None) if key else None,
        ignored,
    )
