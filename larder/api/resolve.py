"""Which base URL and which key a command uses, of all that the user has set.

The URL is the first of `--base-url`, LARDER_BASE_URL, OPENAI_BASE_URL and the profile's; the key
is the first of LARDER_API_KEY, OPENAI_API_KEY and the profile's. A profile that is named, by
`--profile` or else by LARDER_PROFILE, is used whole, in place of the environment.

A key goes where it was set for, and nowhere else. It was set for the URL beside it, in the same
pair of variables or in the same profile; one without a URL beside it goes to the URL that was
chosen without it, by the option or the other pair. That gives, the first row that holds:

    URL chosen by       key of the environment            what is used
    ------------------  --------------------------------  ---------------------------------------
    a named profile     any                               the profile's key; but an error, when
                                                          `--base-url` is another URL
    option or variable  Larder's, for this URL or alone   it
    option or variable  any, or none                      the key of the profile in use, if that
                                                          is for this URL
    option or variable  alone                             it
    the option          called Larder's, for another URL  it: the option stands for the variable
    option or variable  for another URL, or none          none: an error
    nothing             Larder's                          none: an error, for there is no URL
    nothing             another, or none                  the profile in use, if any; else an error

"Alone" is a key without a URL beside it, "called Larder's" one that is in LARDER_API_KEY or begins
with `sk-larder-`, and "Larder's" one that is called so or has a URL beside it. Another, so
OPENAI_API_KEY alone, is OpenAI's by the SDK's own rule; so it yields to a profile, and is used
only where there is none. What is plainly OpenAI's counts as not set: OpenAI's URL, the key beside
it unless it begins with `sk-larder-`, and a key of a form that only OpenAI gives out.

Why so: Who types `--base-url` behind a command means it for the key in the shell, as for one
deployment with two URLs; but OPENAI_API_KEY beside another service's URL, such as a gateway's to
many models, may well be that service's. What merely stands in the environment was set another day,
so a complete pair is not torn apart by the other pair's URL. LARDER_PROFILE beside LARDER_API_KEY,
or beside another LARDER_BASE_URL, says two things at once, and which is meant must not be guessed:
an error.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from larder.api.settings import base_url_in, is_same_url, larders_key, larders_url
from larder.api.variables import Environment, Url, read_environment
from larder.errors import UsageError
from larder.values import is_like_a_key

OPTION = "--base-url"
LOGIN = "run `larder login`"


@dataclass(frozen=True)
class Profile:
    """A URL and the key for it, kept under a name; the key is read only when it is wanted."""

    name: str
    base_url: str
    read_key: Callable[[], str]

    @property
    def source(self) -> str:
        """What messages call it."""
        return f"profile {self.name}"


class Profiles(Protocol):
    """The profiles that the user keeps."""

    def find(self, name: str | None) -> Profile | None:
        """The profile of this name, or for None the one in use; None where there is no such."""

    def names(self) -> list[str]:
        """All names, in order."""


@dataclass(frozen=True)
class Settings:
    """Where to and with which key, and which source each of them is from."""

    base_url: str
    api_key: str = field(repr=False)
    base_url_from: str
    key_from: str
    profile: str | None = None


def resolve(
    variables: Mapping[str, str],
    profiles: Profiles,
    *,
    base_url: str | None = None,
    profile: str | None = None,
) -> Settings:
    """The URL and the key, by the table above; asks for profiles only where it needs them.

    Args:
        variables: The environment.
        profiles: What the user keeps.
        base_url: What `--base-url` says.
        profile: What `--profile` says.

    Raises:
        UsageError: Something is missing, is malformed or contradicts something else.
    """
    environment = read_environment(variables)
    option = Url(base_url, OPTION) if base_url is not None else None
    if profile is not None:
        return _whole(named(profile, "--profile", profiles), option)
    if environment.profile is not None:
        return _named_by_environment(environment, option, profiles)
    url = option or environment.url
    if url is None:
        return _in_use(environment, profiles)
    return _at(url, environment, profiles)


def named(name: str, source: str, profiles: Profiles) -> Profile:
    """The profile of this name; UsageError, which lists those that are there, without it."""
    found = profiles.find(name)
    if found is None:
        names = ", ".join(profiles.names())
        there = f"there are: {names}" if names else f"there is none yet; {LOGIN}"
        subject = "looks like a key, and" if is_like_a_key(name) else repr(name)
        raise UsageError(f"{source} {subject} is no profile: {there}")
    return found


def _named_by_environment(
    environment: Environment, option: Url | None, profiles: Profiles
) -> Settings:
    key, url = environment.key, environment.url
    if key is not None and key.source == "LARDER_API_KEY":
        raise UsageError(
            "LARDER_PROFILE and LARDER_API_KEY are both set: unset one of them, or give --profile"
        )
    if option is None and url is not None and url.source == "LARDER_BASE_URL":
        option = url
    return _whole(named(environment.profile or "", "LARDER_PROFILE", profiles), option)


def _in_use(environment: Environment, profiles: Profiles) -> Settings:
    key = environment.key
    if key is not None and key.is_larders:
        raise UsageError(
            f"{key.source} is set, and no base URL: set {key.pair} to the service's URL, give "
            f"{OPTION}, or unset {key.source} and {LOGIN}"
        )
    found = profiles.find(None)
    if found is None:
        names = ", ".join(environment.ignored)
        why = f" (OpenAI's own is passed over: {names})" if names else ""
        raise UsageError(
            f"no base URL is set{why}: {LOGIN}, set LARDER_BASE_URL (or OPENAI_BASE_URL) to the "
            f"service's URL, or give {OPTION}"
        )
    return _whole(found)


def _at(url: Url, environment: Environment, profiles: Profiles) -> Settings:
    larders_url(url.text, url.source)
    key = environment.key
    if key is not None and key.is_larders and key.is_allowed_for(url):
        return _checked(url, key.text, key.source)
    found = profiles.find(None)
    if found is not None and is_same_url(found.base_url, url.text):
        return _checked(url, found.read_key(), found.source, found.name)
    stands_for_the_variable = url.source == OPTION and key is not None and key.is_called_larders
    if key is not None and (key.is_allowed_for(url) or stands_for_the_variable):
        return _checked(url, key.text, key.source)
    raise UsageError(_why_no_key(url, environment, found))


def _why_no_key(url: Url, environment: Environment, found: Profile | None) -> str:
    foreign = [name for name in environment.ignored if name.endswith("KEY")]
    if environment.key is not None:
        source, pair = environment.key.source, environment.key.pair
        why = f"{source} is for the URL in {pair}, and is not sent to that of {url.source}"
    elif found is not None:
        return _key_stays(found, url)
    elif foreign:
        why = f"{foreign[0]} is OpenAI's, and is never sent to Larder"
    else:
        why = "no key is set"
    return f"{why}: {LOGIN}, or set LARDER_API_KEY (or OPENAI_API_KEY) to your key, sk-larder-…"


def _key_stays(profile: Profile, url: Url) -> str:
    wanted = base_url_in(url.text, url.source)
    return (
        f"the key of {profile.source} is for {profile.base_url}, and is not sent to {wanted} of "
        f"{url.source}: run `larder login --base-url {wanted} --profile NAME`, or set "
        "LARDER_API_KEY (or OPENAI_API_KEY)"
    )


def _whole(profile: Profile, wanted: Url | None = None) -> Settings:
    if wanted is not None and not is_same_url(wanted.text, profile.base_url):
        raise UsageError(_key_stays(profile, wanted))
    url = Url(profile.base_url, profile.source)
    larders_url(url.text, url.source)
    return _checked(url, profile.read_key(), profile.source, profile.name)


def _checked(url: Url, key: str, key_from: str, profile: str | None = None) -> Settings:
    base_url = larders_url(url.text, url.source)
    api_key = larders_key(key, f"the key of {key_from}" if profile else key_from)
    return Settings(base_url, api_key, url.source, key_from, profile)
