"""Which URL and which key are used: each row of the rule's table, and that no key goes astray."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larder.api.resolve import Profile, Settings, resolve
from larder.api.settings import hint_of, is_openais_key, is_openais_url, is_same_url
from larder.errors import UsageError

X, Y, Z = "https://x.example/v1", "https://y.example/v1", "https://z.example/v1"
OPENAI = "https://api.openai.com/v1"
OPENAIS_KEY = "sk-proj-of-openai"


@dataclass
class Shelf:
    """Profiles, each a URL and a key; notes whose key was read."""

    by_name: dict[str, tuple[str, str]] = field(default_factory=dict)
    in_use: str | None = None
    looked_for: list[str | None] = field(default_factory=list)
    read: list[str] = field(default_factory=list)

    def find(self, name: str | None) -> Profile | None:
        self.looked_for.append(name)
        found = name or self.in_use
        if found is None or found not in self.by_name:
            return None
        url, key = self.by_name[found]

        def read_key() -> str:
            self.read.append(found)
            return key

        return Profile(found, url, read_key)

    def names(self) -> list[str]:
        return sorted(self.by_name)


def shelf_of(in_use: str | None = None, **profiles: tuple[str, str]) -> Shelf:
    return Shelf(dict(profiles), in_use)


def larder(url: str | None = None, key: str | None = None) -> dict[str, str]:
    return given_of(LARDER_BASE_URL=url, LARDER_API_KEY=key)


def sdk(url: str | None = None, key: str | None = None) -> dict[str, str]:
    return given_of(OPENAI_BASE_URL=url, OPENAI_API_KEY=key)


def given_of(**variables: str | None) -> dict[str, str]:
    return {name: value for name, value in variables.items() if value is not None}


AT_X = shelf_of("p", p=(X, "key-of-p"))
AT_Y = shelf_of("p", p=(Y, "key-of-p"))
NONE = shelf_of()

ROWS = {
    "a named profile": ({}, AT_X, {"profile": "p"}, (X, "key-of-p")),
    "a named profile before all variables": (
        larder(Y, "a") | sdk(Z, "b"),
        AT_X,
        {"profile": "p"},
        (X, "key-of-p"),
    ),
    "a named profile and its own URL": (
        {},
        AT_X,
        {"profile": "p", "base_url": "HTTPS://X.example:443/v1/"},
        (X, "key-of-p"),
    ),
    "a profile that a variable names": (
        {"LARDER_PROFILE": " p "} | sdk(Z, "b"),
        shelf_of("q", p=(X, "key-of-p"), q=(Y, "key-of-q")),
        {},
        (X, "key-of-p"),
    ),
    "larder's pair before the sdk's": (larder(X, "a") | sdk(Y, "b"), NONE, {}, (X, "a")),
    "the sdk's pair": (sdk(X, "b"), AT_Y, {}, (X, "b")),
    "the sdk's key for larder's url": (larder(X) | sdk(None, "b"), NONE, {}, (X, "b")),
    "larder's key for the sdk's url": (larder(None, "a") | sdk(X, "b"), NONE, {}, (X, "a")),
    "the sdk's key for the same url": (larder(X) | sdk(f"{X}/", "b"), NONE, {}, (X, "b")),
    "the option for a key alone": (larder(None, "a"), AT_Y, {"base_url": X}, (X, "a")),
    "the option for the sdk's key": (sdk(None, "b"), NONE, {"base_url": X}, (X, "b")),
    "the option in a variable's place": (larder(Y, "a"), NONE, {"base_url": X}, (X, "a")),
    "the option in the sdk's variable's place, for a key of larder's": (
        sdk(Y, "sk-larder-b"),
        NONE,
        {"base_url": X},
        (X, "sk-larder-b"),
    ),
    "the option for the sdk's key beside the same url": (
        sdk(X, "b"),
        NONE,
        {"base_url": f"{X}/"},
        (X, "b"),
    ),
    "the option with its profile": ({}, AT_X, {"base_url": X}, (X, "key-of-p")),
    "a variable with its profile": (larder(X), AT_X, {}, (X, "key-of-p")),
    "a profile before a key for elsewhere": (
        sdk(Y, "b"),
        AT_X,
        {"base_url": X},
        (X, "key-of-p"),
    ),
    "a profile before the sdk's key for elsewhere": (
        larder(X) | sdk(Y, "b"),
        AT_X,
        {},
        (X, "key-of-p"),
    ),
    "a profile before a key of nobody knows whom": (
        sdk(None, "gsk_b"),
        AT_X,
        {"base_url": X},
        (X, "key-of-p"),
    ),
    "larder's key before the profile for the url": (
        sdk(None, "sk-larder-b"),
        AT_X,
        {"base_url": X},
        (X, "sk-larder-b"),
    ),
    "the profile in use": ({}, AT_X, {}, (X, "key-of-p")),
    "the profile, and openai's pair passed over": (
        sdk(OPENAI, OPENAIS_KEY),
        AT_X,
        {},
        (X, "key-of-p"),
    ),
    "the profile, and a key beside openai's url passed over": (
        sdk(OPENAI, "gsk_b"),
        AT_X,
        {},
        (X, "key-of-p"),
    ),
    "the profile, and the sdk's key alone passed over": (
        sdk(None, "gsk_b"),
        AT_X,
        {},
        (X, "key-of-p"),
    ),
    "openai's key passed over for another variable's": (
        larder(X, OPENAIS_KEY) | sdk(None, "b"),
        NONE,
        {},
        (X, "b"),
    ),
    "larder's key beside openai's url": (
        larder(X) | sdk(OPENAI, "sk-larder-b"),
        NONE,
        {},
        (X, "sk-larder-b"),
    ),
    "blank variables are not set": (
        larder(" ", "\n") | sdk(X, "b") | {"LARDER_PROFILE": " "},
        AT_Y,
        {},
        (X, "b"),
    ),
}


@pytest.mark.parametrize("row", ROWS)
def test_what_is_used(row: str) -> None:
    variables, shelf, options, expected = ROWS[row]
    settings = resolve(variables, shelf, **options)
    assert (settings.base_url, settings.api_key) == expected


ERRORS = {
    "nothing": ({}, NONE, {}, "no base URL is set: run `larder login`"),
    "no key": (larder(X), NONE, {}, "no key is set: run `larder login`"),
    "no url": (larder(None, "a"), AT_X, {}, "LARDER_API_KEY is set, and no base URL"),
    "no url for the sdk's": (sdk(None, "sk-larder-b"), AT_X, {}, "set OPENAI_BASE_URL"),
    "the profile is for elsewhere": ({}, AT_Y, {"base_url": X}, "the key of profile p is for"),
    "the named profile is for elsewhere": (
        sdk(X, "b"),
        AT_Y,
        {"base_url": X, "profile": "p"},
        f"is not sent to {X} of --base-url",
    ),
    "the variable's profile is for elsewhere": (
        larder(X) | {"LARDER_PROFILE": "p"},
        AT_Y,
        {},
        f"is not sent to {X} of LARDER_BASE_URL",
    ),
    "a profile and a key": (
        larder(X, "a") | {"LARDER_PROFILE": "p"},
        AT_X,
        {},
        "LARDER_PROFILE and LARDER_API_KEY are both set",
    ),
    "the sdk's key is for elsewhere": (
        larder(X) | sdk(Y, "b"),
        NONE,
        {},
        "OPENAI_API_KEY is for the URL in OPENAI_BASE_URL, and is not sent to that of LARDER_BASE",
    ),
    "the sdk's key is for elsewhere than the option": (
        sdk("https://openrouter.ai/api/v1", "sk-or-v1-b"),
        NONE,
        {"base_url": X},
        "OPENAI_API_KEY is for the URL in OPENAI_BASE_URL, and is not sent to that of --base-url",
    ),
    "openai's key alone": (
        larder(X) | sdk(None, OPENAIS_KEY),
        NONE,
        {},
        "OPENAI_API_KEY is OpenAI's, and is never sent to Larder",
    ),
    "openai's pair alone": (
        sdk(OPENAI, OPENAIS_KEY),
        NONE,
        {},
        "OpenAI's own is passed over: OPENAI_BASE_URL, OPENAI_API_KEY",
    ),
    "openai's url by the option": (
        larder(None, "a"),
        NONE,
        {"base_url": OPENAI},
        f"{OPENAI} of --base-url is OpenAI's, and no Larder",
    ),
    "no such profile": ({}, AT_X, {"profile": "q"}, "--profile 'q' is no profile: there are: p"),
    "no profile at all": (
        {"LARDER_PROFILE": "q"},
        NONE,
        {},
        "LARDER_PROFILE 'q' is no profile: there is none yet",
    ),
    "no url in the option": (sdk(X, "b"), NONE, {"base_url": ""}, "the base URL '' of --base-url"),
    "no url in the variable": (sdk("x", "b"), NONE, {}, "the base URL of OPENAI_BASE_URL must be"),
    "another scheme": (sdk("ftp://x", "b"), NONE, {}, "the base URL 'ftp://x' of OPENAI_BASE_URL"),
    "a key in a url's place": (
        larder("sk-larder-secret", X),
        NONE,
        {},
        "the base URL of LARDER_BASE_URL looks like a key: it must be like https://host/v1",
    ),
    "a key in the option's place": (
        {},
        AT_X,
        {"base_url": "sk-larder-secret"},
        "the base URL of --base-url looks like a key",
    ),
    "another's key in a url's place": (
        sdk("gsk_secret", "b"),
        NONE,
        {},
        "the base URL of OPENAI_BASE_URL must be like https://host/v1",
    ),
    "a key in the url's query": (
        sdk(f"{X}?key=sk-larder-secret", "b"),
        NONE,
        {},
        "the base URL of OPENAI_BASE_URL must end with its path",
    ),
    "a key for a profile's name": (
        {},
        AT_X,
        {"profile": "sk-larder-secret"},
        "--profile looks like a key, and is no profile: there are: p",
    ),
    "a key for a profile's name beside a url": (
        {"LARDER_PROFILE": "sk-larder-secret"},
        NONE,
        {},
        "LARDER_PROFILE looks like a key, and is no profile: there is none yet",
    ),
    "a user in the url": (
        sdk("https://ann:secret@x.example/v1", "b"),
        NONE,
        {},
        "the base URL of OPENAI_BASE_URL must be like https://host/v1: with no user in it",
    ),
    "no key in the variable": (larder(X, "a b"), NONE, {}, "LARDER_API_KEY is no key"),
    "openai's key in a profile": (
        {},
        shelf_of("p", p=(X, OPENAIS_KEY)),
        {},
        "the key of profile p is a key of OpenAI's",
    ),
}


@pytest.mark.parametrize("row", ERRORS)
def test_what_is_refused(row: str) -> None:
    variables, shelf, options, words = ERRORS[row]
    with pytest.raises(UsageError) as caught:
        resolve(variables, shelf, **options)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_where_the_variables_say_it_all_no_profile_is_looked_for() -> None:
    shelf = shelf_of("p", p=(X, "key-of-p"))
    resolve(larder(Y, "a"), shelf)
    resolve(sdk(Y, "b"), shelf, base_url=Y)
    assert shelf.looked_for == []


def test_the_key_of_a_profile_for_elsewhere_is_not_even_read() -> None:
    shelf = shelf_of("p", p=(Y, "key-of-p"))
    with pytest.raises(UsageError):
        resolve({}, shelf, base_url=X)
    assert shelf.read == []


def test_the_settings_do_not_show_the_key_by_accident() -> None:
    settings = resolve(larder(X, "sk-larder-a"), NONE)
    assert "sk-larder-a" not in repr(settings)
    assert (settings.base_url_from, settings.key_from) == ("LARDER_BASE_URL", "LARDER_API_KEY")


URLS = st.sampled_from([X, f"{X}/", X.replace("https://x", "HTTPS://X"), Y, Z, OPENAI, "no url"])
MAYBE_URL = st.none() | URLS


def keys(owner: str) -> st.SearchStrategy[str]:
    """Keys of every kind, each with its owner's name in it."""
    return st.sampled_from(
        [f"sk-larder-{owner}", f"gsk_{owner}", f"sk-proj-{owner}", f"two words {owner}"]
    )


@st.composite
def shelves(draw: st.DrawFn) -> Shelf:
    names = draw(st.sets(st.sampled_from(["p", "q"])))
    by_name = {name: (draw(URLS), draw(keys(name))) for name in sorted(names)}
    return Shelf(by_name, draw(st.none() | st.sampled_from(sorted(names)) if names else st.none()))


@st.composite
def environments(draw: st.DrawFn) -> dict[str, str]:
    return given_of(
        LARDER_BASE_URL=draw(MAYBE_URL),
        LARDER_API_KEY=draw(st.none() | keys("larder")),
        OPENAI_BASE_URL=draw(MAYBE_URL),
        OPENAI_API_KEY=draw(st.none() | keys("openai")),
        LARDER_PROFILE=draw(st.sampled_from([None, None, None, "p", "q"])),
    )


@given(environments(), shelves(), MAYBE_URL, st.sampled_from([None, None, "p", "q"]))
def test_no_key_goes_where_it_was_not_set_for(
    variables: dict[str, str], shelf: Shelf, base_url: str | None, profile: str | None
) -> None:
    try:
        settings = resolve(variables, shelf, base_url=base_url, profile=profile)
    except UsageError:
        return
    assert not is_openais_url(settings.base_url)
    assert not is_openais_key(settings.api_key)
    if base_url is not None:
        assert is_same_url(settings.base_url, base_url)
    if profile is not None:
        assert settings.profile == profile
    if settings.profile is not None:
        url, key = shelf.by_name[settings.profile]
        assert is_same_url(settings.base_url, url)
        assert settings.api_key == key
        assert settings.profile == (profile or variables.get("LARDER_PROFILE") or shelf.in_use)
    else:
        assert_of_the_environment(settings, variables, base_url)


def assert_of_the_environment(
    settings: Settings, variables: dict[str, str], base_url: str | None
) -> None:
    assert settings.api_key == variables[settings.key_from]
    assert "LARDER_PROFILE" not in variables
    assert not settings.base_url_from.startswith("profile")
    beside = variables.get(settings.key_from.replace("API_KEY", "BASE_URL"))
    if beside is None or is_openais_url(beside):
        assert beside is None or settings.api_key.startswith("sk-larder-")
    elif base_url is None or not is_called_larders(settings):
        assert is_same_url(settings.base_url, beside)
    if settings.key_from == "OPENAI_API_KEY" and "LARDER_API_KEY" in variables:
        is_beside_openais = is_openais_url(variables.get("LARDER_BASE_URL", ""))
        assert is_openais_key(variables["LARDER_API_KEY"]) or is_beside_openais


def is_called_larders(settings: Settings) -> bool:
    return settings.key_from == "LARDER_API_KEY" or settings.api_key.startswith("sk-larder-")


@given(environments(), shelves(), MAYBE_URL, st.sampled_from([None, "p", "q"]))
def test_no_refusal_shows_a_key(
    variables: dict[str, str], shelf: Shelf, base_url: str | None, profile: str | None
) -> None:
    message = ""
    try:
        resolve(variables, shelf, base_url=base_url, profile=profile)
    except UsageError as error:
        message = str(error)
    held = [value for name, value in variables.items() if name.endswith("KEY")]
    for key in (*held, *(key for _, key in shelf.by_name.values())):
        assert key not in message


@given(environments(), shelves(), MAYBE_URL, st.sampled_from([None, "p"]))
def test_only_the_key_that_is_used_is_read(
    variables: dict[str, str], shelf: Shelf, base_url: str | None, profile: str | None
) -> None:
    try:
        settings = resolve(variables, shelf, base_url=base_url, profile=profile)
    except UsageError:
        return
    assert shelf.read == ([] if settings.profile is None else [settings.profile])


@pytest.mark.parametrize(
    ("key", "is_openais"),
    [
        ("sk-proj-abc", True),
        ("sk-svcacct-abc", True),
        ("sk-admin-abc", True),
        ("sk-None-abc", True),
        ("sk-none-abc", False),
        (" sk-proj-abc\n", True),
        ("sk-" + "a1B2" * 12, True),
        ("sk-" + "a" * 47, False),
        ("sk-" + "a" * 49, False),
        ("sk-larder-" + "a" * 60, False),
        ("sk-project", False),
        ("gsk_abc", False),
        ("", False),
    ],
)
def test_which_keys_are_plainly_openais(key: str, is_openais: bool) -> None:
    assert is_openais_key(key) is is_openais


@pytest.mark.parametrize(
    ("url", "is_openais"),
    [
        ("https://api.openai.com/v1", True),
        ("https://api.openai.com", True),
        ("HTTPS://API.OPENAI.COM:443/v1/", True),
        ("https://eu.api.openai.com/v1", True),
        ("https://api.openai.com./v1", True),
        ("https://ann:secret@api.openai.com/v1", True),
        ("api.openai.com/v1", True),
        ("https://openai.com.example/v1", False),
        ("https://notopenai.com/v1", False),
        ("https://host/api.openai.com", False),
        ("https://files.example.com/v1", False),
        ("", False),
    ],
)
def test_which_urls_are_openais(url: str, is_openais: bool) -> None:
    assert is_openais_url(url) is is_openais


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (X, f" {X}// ", True),
        ("https://host/v1", "https://HOST:443/v1", True),
        ("http://host/v1", "http://host:80/v1", True),
        ("http://host/v1", "https://host/v1", False),
        ("https://host/v1", "https://host:8443/v1", False),
        ("https://host/v1", "https://host/V1", False),
        ("https://host/v1", "https://host.example/v1", False),
        ("no url", "no url", False),
    ],
)
def test_which_urls_are_the_same(one: str, other: str, is_same: bool) -> None:
    assert is_same_url(one, other) is is_same


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc", "Zs"]), min_size=1))
def test_a_hint_has_four_characters_of_the_key_at_most(secret: str) -> None:
    shown = hint_of(f"sk-larder-{secret}").removeprefix("sk-larder-…")
    assert shown == (secret[-4:] if len(secret) >= 16 else "")
    assert len(hint_of(secret).removeprefix("sk-larder-").removeprefix("…")) <= 4
