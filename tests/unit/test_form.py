"""Forms as clients send them, and as nobody should."""

import time
from collections.abc import Callable, Mapping
from email.charset import BASE64, QP, Charset

import httpx2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lambdas.api.form import MAX_FIELD_BYTES, Form, FormStream, expires_after_field, parse_form
from lambdas.api.form_headers import MAX_BOUNDARY
from lambdas.api.form_parser import MAX_HEADER_BYTES, MAX_PARTS
from lambdas.core.errors import InvalidRequest

BOUNDARY = "a-boundary"
FORM = f"multipart/form-data; boundary={BOUNDARY}"

# What a header cannot say: a line break, and the three sequences that browsers escape to.
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r\n")).filter(
    lambda text: not any(escape in text for escape in ("%22", "%0A", "%0D", "=?"))
)

# What node:24's fetch (undici) sent for a File named `Übung "1"\x.jsonl`, appended before the
# fields, with its type.
UNDICI_TYPE = "multipart/form-data; boundary=----formdata-undici-093140776840"
UNDICI_BODY = (
    b'------formdata-undici-093140776840\r\nContent-Disposition: form-data; name="file"; '
    b'filename="\xc3\x9cbung %221%22\\x.jsonl"\r\nContent-Type: application/jsonl\r\n\r\n'
    b"{}\r\n--x\r\n------formdata-undici-093140776840\r\nContent-Disposition: form-data; "
    b'name="purpose"\r\n\r\nbatch\r\n------formdata-undici-093140776840\r\n'
    b'Content-Disposition: form-data; name="expires_after[anchor]"\r\n\r\ncreated_at\r\n'
    b"------formdata-undici-093140776840--\r\n"
)

# What `curl -F purpose=batch -F 'file=@a "q" \b.jsonl'` sent, version 7.88.
CURL_TYPE = "multipart/form-data; boundary=------------------------b2eaa99704b7717c"
CURL_BODY = (
    b"--------------------------b2eaa99704b7717c\r\nContent-Disposition: form-data; "
    b'name="purpose"\r\n\r\nbatch\r\n--------------------------b2eaa99704b7717c\r\n'
    b'Content-Disposition: form-data; name="file"; filename="a %22q%22 \\b.jsonl"\r\n'
    b"Content-Type: application/octet-stream\r\n\r\n{}\n\r\n"
    b"--------------------------b2eaa99704b7717c--\r\n"
)


def part(disposition: str, content: bytes = b"", *headers: str) -> bytes:
    lines = [f"Content-Disposition: form-data; {disposition}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def body_of(*parts: bytes, boundary: str = BOUNDARY) -> bytes:
    line = f"--{boundary}".encode()
    return b"".join(line + b"\r\n" + each + b"\r\n" for each in parts) + line + b"--\r\n"


def form_of(*parts: bytes) -> Form:
    return parse_form(FORM, body_of(*parts))


def file_of(form: Form, name: str = "file") -> tuple[str | None, bytes]:
    return form.files[name].filename, bytes(form.files[name].content)


def refusal(call: Callable[[], object]) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as caught:
        call()
    return caught.value


# --- as clients send them ---


@pytest.mark.parametrize("order", [[0, 1, 2], [1, 0, 2], [2, 1, 0]])
def test_fields_come_in_any_order(order: list[int]) -> None:
    parts = [
        part('name="file"; filename="x.jsonl"', b"{}\n", "Content-Type: application/jsonl"),
        part('name="purpose"', b"batch"),
        part('name="expires_after[seconds]"', b"3600"),
    ]
    form = form_of(*(parts[index] for index in order))
    assert form.fields == {"purpose": "batch", "expires_after[seconds]": "3600"}
    assert file_of(form) == ("x.jsonl", b"{}\n")
    assert form.files["file"].content_type == "application/jsonl"


def test_a_form_of_the_openai_sdks_http_library() -> None:
    name = 'naïve "quoted" \\ 100%.jsonl'
    request = httpx2.Request(
        "POST",
        "http://larder.test",
        data={"purpose": "batch", "expires_after[anchor]": "created_at"},
        files={"file": (name, b"\r\n--{}\r\n", "application/jsonl")},
    )
    form = parse_form(request.headers["content-type"], request.read())
    assert form.fields == {"purpose": "batch", "expires_after[anchor]": "created_at"}
    assert file_of(form) == (name, b"\r\n--{}\r\n")


def test_a_form_of_node() -> None:
    form = parse_form(UNDICI_TYPE, UNDICI_BODY)
    assert form.fields == {"purpose": "batch", "expires_after[anchor]": "created_at"}
    assert file_of(form) == ('Übung "1"\\x.jsonl', b"{}\r\n--x")


def test_a_form_of_curl() -> None:
    form = parse_form(CURL_TYPE, CURL_BODY)
    assert form.fields == {"purpose": "batch"}
    assert file_of(form) == ('a "q" \\b.jsonl', b"{}\n")


def test_a_form_without_parts_is_empty() -> None:
    assert parse_form(FORM, body_of()) == Form({}, {})


@pytest.mark.parametrize("preamble", [b"", b"\r\n", b"preamble --a-boundary\r\n"])
@pytest.mark.parametrize("epilogue", [b"", b"\r\n", b" \r\nepilogue\r\n--a-boundary\r\n"])
def test_preamble_and_epilogue_are_not_content(preamble: bytes, epilogue: bytes) -> None:
    body = body_of(part('name="a"', b"1")).removesuffix(b"\r\n")
    assert parse_form(FORM, preamble + body + epilogue).fields == {"a": "1"}


@pytest.mark.parametrize(
    "content_type",
    [
        'Multipart/Form-Data; charset=utf-8; Boundary="a-boundary"',
        "multipart/form-data;boundary=a-boundary;",
        "multipart/form-data ; boundary = a-boundary ",
    ],
)
def test_the_content_type_may_be_written_as_http_allows(content_type: str) -> None:
    assert parse_form(content_type, body_of(part('name="a"', b"1"))).fields == {"a": "1"}


def test_a_boundary_may_have_characters_special_to_expressions() -> None:
    boundary = "(.+)? x"
    body = body_of(part('name="a"', b"1"), boundary=boundary)
    form = parse_form(f'multipart/form-data; boundary="{boundary}"', body)
    assert form.fields == {"a": "1"}


@pytest.mark.parametrize("size", [70, 71, 80, MAX_BOUNDARY])
def test_a_boundary_may_be_longer_than_it_should(size: int) -> None:
    boundary = "b" * size
    look_alike = b"\r\n--" + b"b" * (size - 1)
    body = body_of(part('name="file"; filename="x"', look_alike), boundary=boundary)
    form = parse_form(f"multipart/form-data; boundary={boundary}", body)
    assert file_of(form) == ("x", look_alike)


def test_header_names_have_no_case() -> None:
    form = form_of(
        b'cOnTeNt-dIsPoSiTiOn: FORM-DATA; Name="file"; FileName="x"\r\nCONTENT-TYPE:a/b\r\n\r\n'
    )
    assert file_of(form) == ("x", b"")
    assert form.files["file"].content_type == "a/b"


def test_a_part_with_an_empty_filename_is_a_file() -> None:
    assert file_of(form_of(part('name="file"; filename=""'))) == ("", b"")


# --- filenames ---


@pytest.mark.parametrize(
    ("parameter", "filename"),
    [
        ('filename="naïve 日本語.jsonl"', "naïve 日本語.jsonl"),
        ('filename="a%22b.jsonl"', 'a"b.jsonl'),
        ('filename="a%0D%0Ab"', "a\r\nb"),
        (r'filename="a\"b.jsonl"', 'a"b.jsonl'),
        (r'filename="a\\b.jsonl"', r"a\b.jsonl"),
        (r'filename="C:\new.jsonl"', r"C:\new.jsonl"),
        ('filename="ends\\"', "ends\\"),
        ('filename="ends\\"; x="y"', "ends\\"),
        (r'filename="a\"; x=\"b"', 'a"; x="b'),
        ('filename="100%.jsonl"', "100%.jsonl"),
        ('filename="a%20b.jsonl"', "a%20b.jsonl"),
        ('filename="a;b=c.jsonl"', "a;b=c.jsonl"),
        ("filename=token.jsonl", "token.jsonl"),
        ("filename*=UTF-8''na%C3%AFve%20%22.jsonl", 'naïve ".jsonl'),
        ("filename*=iso-8859-1'en'%A3.jsonl", "£.jsonl"),
        ("filename=\"fallback\"; filename*=utf-8''exact", "exact"),
        ("filename*=utf-8''exact; filename=\"fallback\"", "exact"),
    ],
)
def test_reads_a_filename(parameter: str, filename: str) -> None:
    assert form_of(part(f'name="file"; {parameter}')).files["file"].filename == filename


@pytest.mark.parametrize("value", ["x", "utf-8''%FF", "utf-16''a", "utf-8''a%20\xef"])
def test_refuses_a_malformed_extended_filename(value: str) -> None:
    error = refusal(lambda: form_of(part(f'name="file"; filename*={value}')))
    assert error.param == "file"


# RFC 2047, as .NET, JavaMail and Python's `email` write it.
WORDS = {
    "=?utf-8?B?5pel5pys6KqeLmpzb25s?=": "日本語.jsonl",
    "=?UTF-8?b?5pel5pys6KqeLmpzb25s?=": "日本語.jsonl",
    "=?utf-8?B?w7/Dv8O/Lmpzb25s?=": "ÿÿÿ.jsonl",  # with a slash in its base64
    "=?utf-8?Q?na=C3=AFve_100=25.jsonl?=": "naïve 100%.jsonl",
    "=?iso-8859-1?Q?gr=F6=DFe.jsonl?=": "größe.jsonl",
    "=?iso-8859-15*de?B?pC5qc29ubA==?=": "€.jsonl",
    "=?windows-1252?Q?=80.jsonl?=": "€.jsonl",
    "=?shift_jis?B?k/qWe4zqLmpzb25s?=": "日本語.jsonl",
    "=?utf-8?B?5pel5pys?= =?utf-8?B?6KqeLmpzb25s?=": "日本語.jsonl",
    "=?utf-8?B?5pc=?= =?UTF-8?B?pS5qc29ubA==?=": "日.jsonl",  # a character in two words
    "=?iso-8859-1?Q?=FF?= =?utf-8?Q?=C3=BF?=": "ÿÿ",
    "a =?utf-8?Q?=C3=BC?= b.jsonl": "a ü b.jsonl",
    "=?utf-8?Q??=": "",
    "=?utf-8?B?Lg==?=": ".",
    "=?utf-8?Q?a=0Ab?=": "a\nb",
    "=?utf-8?Q?a/b.jsonl?=": "a/b.jsonl",
}
KEPT = [
    "=?",
    "?=",
    "=?utf-8?B?=",
    "=?utf-8?X?abc?=",
    "=?utf-8?B?a b?=",
    "=?utf-8?B?abc?=",  # base64 that is cut
    "=?utf-8?B?ab!c?=",
    "=?utf-8?Q?=FF?=",
    "=?no-charset?Q?abc?=",
    "=?unicode_escape?Q?abc?=",
    "=?iso-8859-12?Q?abc?=",
    "=?utf-8?B?/w==?",
]


@pytest.mark.parametrize("words", WORDS)
def test_a_filename_in_encoded_words_is_decoded(words: str) -> None:
    form = form_of(part(f'name="file"; filename="{words}"'))
    assert form.files["file"].filename == WORDS[words]


@pytest.mark.parametrize("filename", KEPT)
def test_what_is_no_encoded_word_or_does_not_decode_is_kept(filename: str) -> None:
    form = form_of(part(f'name="file"; filename="{filename}"'))
    assert form.files["file"].filename == filename


@pytest.mark.parametrize(
    "filename",
    ["=?utf-8?B?/w==?=", "=?no-charset?B?/w==?=", "=?utf-8?B?a/b?=", r"=?no-charset?Q?a\b?="],
)
def test_an_encoded_word_that_does_not_decode_is_never_cut_at_its_slash(filename: str) -> None:
    error = refusal(lambda: form_of(part(f'name="file"; filename="{filename}"')))
    assert error.param == "file"
    assert "RFC 2047" in error.message


def test_the_extended_filename_is_preferred_to_encoded_words() -> None:
    form = form_of(part("name=file; filename=\"=?utf-8?B?/w==?=\"; filename*=utf-8''%C3%BF"))
    assert form.files["file"].filename == "ÿ"


@given(TEXTS, st.sampled_from("BQ"))
def test_every_filename_in_encoded_words_is_read_as_it_was_given(name: str, how: str) -> None:
    charset = Charset("utf-8")
    charset.header_encoding = BASE64 if how == "B" else QP
    words = charset.header_encode(name)
    assert file_of(form_of(part(f'name="file"; filename="{words}"')))[0] == name


# --- required fields ---


def test_a_missing_field_is_named() -> None:
    error = refusal(lambda: form_of(part('name="a"')).field("purpose"))
    assert (error.param, error.message) == ("purpose", "Missing required parameter: 'purpose'.")


def test_a_missing_file_is_named() -> None:
    error = refusal(lambda: form_of(part('name="a"')).file("file"))
    assert (error.param, error.message) == ("file", "Missing required parameter: 'file'.")


def test_a_file_sent_as_text_is_told_what_it_lacks() -> None:
    form = parse_form(FORM, body_of(part('name="file"', b"{}")), content="file")
    error = refusal(lambda: form.filename("file"))
    assert error.param == "file"
    assert "with a filename" in error.message


@pytest.mark.parametrize("size", [0, 3, MAX_FIELD_BYTES + 1])
@pytest.mark.parametrize("headers", [(), ("Content-Type: application/octet-stream",)])
def test_the_content_needs_no_filename(headers: tuple[str, ...], size: int) -> None:
    content = b"\xff" * size
    body = body_of(part('name="data"', content, *headers), part('name="other"', b"text"))
    form = parse_form(FORM, body, content="data")
    assert file_of(form, "data") == (None, content)
    assert form.fields == {"other": "text"}


def test_content_with_a_type_and_no_filename_has_the_sdks_name_for_it() -> None:
    body = body_of(part('name="file"', b"{}", "Content-Type: text/plain"))
    assert parse_form(FORM, body, content="file").filename("file") == "upload"


def test_content_that_is_sent_twice_is_refused_without_filenames_too() -> None:
    twice = [part('name="data"', b"1", "Content-Type: text/plain")] * 2
    error = refusal(lambda: parse_form(FORM, body_of(*twice), content="data"))
    assert error.param == "data"


@pytest.mark.parametrize("filename", ["", "blob"])
def test_text_sent_as_a_file_is_text(filename: str) -> None:
    form = form_of(part(f'name="purpose"; filename="{filename}"', "bätch".encode()))
    assert form.field("purpose") == "bätch"


def test_text_sent_as_a_file_is_refused_as_text_is() -> None:
    form = form_of(part('name="purpose"; filename="blob"', b"\xff"))
    assert refusal(lambda: form.field("purpose")).param == "purpose"


def test_only_the_content_may_be_long() -> None:
    long = b"x" * (MAX_FIELD_BYTES + 1)
    body = body_of(part('name="data"; filename="x"', long))
    error = refusal(lambda: parse_form(FORM, body, content="file"))
    assert error.param == "data"
    assert "only 'file'" in error.message
    assert file_of(parse_form(FORM, body, content="data"), "data") == ("x", long)


@pytest.mark.parametrize("second", ['name="file"; filename="y"', 'name="file"'])
def test_a_field_sent_twice_is_refused(second: str) -> None:
    error = refusal(lambda: form_of(part('name="file"; filename="x"'), part(second)))
    assert error.param == "file"
    assert error.message.startswith("Duplicate parameter")


# --- as nobody should ---

NAMED = 'Content-Disposition: form-data; name="a"'


@pytest.mark.parametrize(
    ("content_type", "words"),
    [
        ("", "must be multipart/form-data"),
        ("application/json", "must be multipart/form-data"),
        ("multipart/mixed; boundary=a-boundary", "must be multipart/form-data"),
        ("multipart/form-data", "needs a boundary"),
        ("multipart/form-data; boundary=", "needs a boundary"),
        ("multipart/form-data; boundary=" + "b" * (MAX_BOUNDARY + 1), "needs a boundary"),
        ('multipart/form-data; boundary="b "', "needs a boundary"),
        ("multipart/form-data; boundary=ü", "needs a boundary"),
        ("multipart/form-data; boundary=a; boundary=b", "cannot be read"),
        ('multipart/form-data; boundary="a', "cannot be read"),
        ("multipart/form-data; boundary=another", "does not occur"),
    ],
)
def test_refuses_a_content_type_that_gives_no_boundary(content_type: str, words: str) -> None:
    assert words in refusal(lambda: parse_form(content_type, body_of(part('name="a"')))).message


def test_refuses_an_empty_body() -> None:
    assert "does not occur" in refusal(lambda: parse_form(FORM, b"")).message


@pytest.mark.parametrize("cut", range(1, 60))
def test_refuses_a_body_that_is_cut(cut: int) -> None:
    body = body_of(part('name="a"', b"12345")).removesuffix(b"--\r\n")
    assert refusal(lambda: parse_form(FORM, body[:-cut])).message.startswith("Malformed form")


@pytest.mark.parametrize(
    "headers",
    [
        "",
        "Content-Type: text/plain",
        "Content-Disposition: form-data",
        'Content-Disposition: form-data; name=""',
        'Content-Disposition: attachment; name="a"',
    ],
)
def test_refuses_a_part_without_a_name(headers: str) -> None:
    block = f"{headers}\r\n\r\n" if headers else "\r\n"
    error = refusal(lambda: form_of(block.encode() + b"content"))
    assert "with a name" in error.message


@pytest.mark.parametrize(
    "headers",
    [
        'Content-Disposition: form-data; name="a',
        'Content-Disposition: form-data; name="a" filename="b"',
        'Content-Disposition: form-data; name="a"; name="b"',
        r'Content-Disposition: form-data; name="a"; filename="\""b"',
        'Content-Disposition: form-data; name="a"; ="b"',
        f"{NAMED}\r\n{NAMED}",
        f"{NAMED}\r\nno colon",
        f"{NAMED}\r\n: no name",
        f"{NAMED}\r\nspace : b",
        f"{NAMED}\r\n folded: b",
    ],
)
def test_refuses_headers_that_cannot_be_read(headers: str) -> None:
    error = refusal(lambda: form_of(headers.encode() + b"\r\n\r\n"))
    assert "cannot be read" in error.message


@pytest.mark.parametrize("line_break", ["\n", "\r", "\r\r", "\n\r"])
@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_refuses_a_line_break_other_than_crlf_in_headers(line_break: str, chunk: int) -> None:
    """Others end a line there (werkzeug), and so would read other names than we do."""
    headers = f'Content-Disposition: form-data; name="a"; filename="x{line_break}X: y"'
    body = body_of(f"{headers}\r\n\r\n".encode() + b"content")

    def in_chunks() -> None:
        stream = FormStream(FORM, "file")
        for start in range(0, len(body), chunk):
            list(stream.feed(body[start : start + chunk]))

    assert "each in CRLF" in refusal(in_chunks).message


def test_refuses_headers_that_are_not_utf_8() -> None:
    error = refusal(lambda: form_of(b'Content-Disposition: form-data; name="\xff"\r\n\r\n'))
    assert "not UTF-8" in error.message


def test_refuses_headers_that_are_too_long() -> None:
    form_of(part('name="a"', b"", "X: " + "x" * (MAX_HEADER_BYTES - 100)))
    error = refusal(lambda: form_of(part('name="a"', b"", "X: " + "x" * MAX_HEADER_BYTES)))
    assert f"more than {MAX_HEADER_BYTES} bytes" in error.message


def test_refuses_too_many_parts() -> None:
    parts = [part(f'name="{number}"') for number in range(MAX_PARTS + 1)]
    assert len(form_of(*parts[:-1]).fields) == MAX_PARTS
    assert f"at most {MAX_PARTS}" in refusal(lambda: form_of(*parts)).message


def test_refuses_text_that_is_not_utf_8() -> None:
    assert refusal(lambda: form_of(part('name="purpose"', b"\xff"))).param == "purpose"


def test_refuses_text_that_is_too_long() -> None:
    form_of(part('name="purpose"', b"x" * MAX_FIELD_BYTES))
    error = refusal(lambda: form_of(part('name="purpose"', b"x" * (MAX_FIELD_BYTES + 1))))
    assert error.param == "purpose"


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "gzip"])
def test_refuses_a_transfer_encoding_that_would_be_stored_as_it_is(encoding: str) -> None:
    encoded = part('name="file"; filename="x"', b"e30=", f"Content-Transfer-Encoding: {encoding}")
    assert refusal(lambda: form_of(encoded)).param == "file"


def test_accepts_a_transfer_encoding_that_changes_nothing() -> None:
    plain = part('name="file"; filename="x"', b"{}", "Content-Transfer-Encoding: 8BIT")
    assert file_of(form_of(plain)) == ("x", b"{}")


# --- content that looks like a delimiter ---


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\r\n",
        b"\r",
        b"\r\n--a-boundar",
        b"\r\n--a-boundar\r\n--",
        b"\n--a-boundary\r\n",
        b"x--a-boundary\r\n",
        b"--a-boundary\r\n",
    ],
)
def test_content_that_only_begins_like_a_delimiter_is_kept(content: bytes) -> None:
    form = form_of(part('name="file"; filename="x"', content), part('name="purpose"', b"batch"))
    assert file_of(form) == ("x", content)
    assert form.fields == {"purpose": "batch"}


@pytest.mark.parametrize("after", [b"X", b"-x", b" \r\n", b"\t", b"\n", b"\r\r\n", b"\x00"])
def test_a_line_that_begins_with_the_boundary_and_goes_on_is_refused(after: bytes) -> None:
    """RFC 2046, 5.1.1: a sender chooses a boundary that begins no line of what it sends."""
    content = b"\r\n--a-boundary" + after + b"\r\nmore"
    error = refusal(lambda: form_of(part('name="file"; filename="x"', content)))
    assert (error.param, "begins with the boundary" in error.message) == (None, True)


@pytest.mark.parametrize("after", [b" \r\n", b"\n", b"X\r\n"])
def test_a_first_boundary_that_goes_on_is_refused(after: bytes) -> None:
    body = b"--a-boundary" + after + part('name="a"', b"1") + b"\r\n--a-boundary--"
    assert "begins with the boundary" in refusal(lambda: parse_form(FORM, body)).message


@pytest.mark.parametrize(
    "look_alike", [b"\r\n--a-boundar", b"\r\n--a-boundar\r", b"\r\n--", b"\r\n", b"\r", b"-"]
)
def test_4_mib_of_look_alikes_take_about_as_long_as_4_mib_of_anything(look_alike: bytes) -> None:
    size = 4 * 2**20
    plain = body_of(part('name="file"; filename="x"', bytes(size)))
    hostile = body_of(part('name="file"; filename="x"', (look_alike * size)[:size]))
    # Measured: 1 to 2 times as long. Quadratic work would take minutes.
    assert fastest(lambda: parse_form(FORM, hostile)) < 10 * fastest(
        lambda: parse_form(FORM, plain)
    )
    assert len(parse_form(FORM, hostile).files["file"].content) == size


def fastest(call: Callable[[], object]) -> float:
    """Return the seconds that the fastest of five calls took, so that noise does not count."""

    def seconds() -> float:
        start = time.process_time()
        call()
        return time.process_time() - start

    return min(seconds() for _ in range(5))


# --- expires_after ---


def fields(values: Mapping[str, str]) -> Form:
    return Form(values, {})


def test_no_expires_after_is_none() -> None:
    assert expires_after_field(fields({"purpose": "batch"})) is None


def test_expires_after_comes_in_brackets() -> None:
    form = fields({"expires_after[anchor]": "created_at", "expires_after[seconds]": "3600"})
    assert expires_after_field(form) == {"anchor": "created_at", "seconds": 3600}


def test_expires_after_comes_as_json() -> None:
    form = fields({"expires_after": '{"anchor":"created_at","seconds":3600}'})
    assert expires_after_field(form) == {"anchor": "created_at", "seconds": 3600}


@pytest.mark.parametrize("seconds", ["", "1e3", "3600.0", " 3600", "٣٦٠٠", "9" * 5000, "x"])
def test_what_is_no_integer_stays_as_it_is_for_the_rule_to_refuse(seconds: str) -> None:
    form = fields({"expires_after[seconds]": seconds})
    assert expires_after_field(form) == {"seconds": seconds}


def test_an_unknown_key_stays_for_the_rule_to_refuse() -> None:
    form = fields({"expires_after[days]": "7"})
    assert expires_after_field(form) == {"days": 7}


@pytest.mark.parametrize("text", ["", "{", "3600", "[]", "null", '"x"', "[" * 8000, "9" * 8000])
def test_refuses_json_that_is_no_object(text: str) -> None:
    error = refusal(lambda: expires_after_field(fields({"expires_after": text})))
    assert error.param == "expires_after"


def test_refuses_both_ways_at_once() -> None:
    form = fields({"expires_after": "{}", "expires_after[seconds]": "3600"})
    assert "several ways" in refusal(lambda: expires_after_field(form)).message


# --- properties ---

NAMES = TEXTS.filter(lambda text: text != "")
VALUES = st.text(st.characters(codec="utf-8"), max_size=200)
LOOK_ALIKES = st.lists(
    st.sampled_from([b"\r", b"\n", b"-", b"--", BOUNDARY.encode(), b" ", b"\r\n\r\n"]) | st.binary()
).map(b"".join)


def quoted_pairs(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def percent_quotes(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', "%22")


@given(
    st.dictionaries(NAMES, VALUES | st.tuples(TEXTS, LOOK_ALIKES), max_size=8),
    st.sampled_from([quoted_pairs, percent_quotes]),
)
@example({"file": ""}, quoted_pairs)
def test_every_form_is_read_as_it_was_written(
    entries: dict[str, str | tuple[str, bytes]], escape: Callable[[str], str]
) -> None:
    boundary = BOUNDARY
    while any(boundary in str(entry) for entry in entries.values()):
        boundary += "x"
    body = body_of(
        *(
            part(f'name="{escape(name)}"', entry.encode())
            if isinstance(entry, str)
            else part(f'name="{escape(name)}"; filename="{escape(entry[0])}"', entry[1])
            for name, entry in entries.items()
        ),
        boundary=boundary,
    )
    form = parse_form(f"multipart/form-data; boundary={boundary}", body)
    files = {name: (file.filename, bytes(file.content)) for name, file in form.files.items()}
    expected: dict[str, str | tuple[str | None, bytes]] = {**entries}
    if isinstance(without_filename := entries.get("file"), str):
        expected["file"] = (None, without_filename.encode())
    assert {**form.fields, **files} == expected


@given(TEXTS.filter(lambda name: name.isprintable() and name != ""), st.binary())
def test_every_printable_filename_of_the_sdk_is_read_as_it_was_given(
    filename: str, content: bytes
) -> None:
    request = httpx2.Request("POST", "http://larder.test", files={"file": (filename, content)})
    form = parse_form(request.headers["content-type"], request.read())
    assert file_of(form) == (filename, content)


PIECES = st.sampled_from(
    [
        b"--a-boundary",
        b"\r\n",
        b"--",
        b'Content-Disposition: form-data; name="file"',
        b'; filename="x"',
        b"; filename*=utf-8''%",
        b'"',
        b"\\",
        b":",
        b";",
        b"\xff",
        b" ",
    ]
)


@given(st.lists(PIECES | st.binary(max_size=8)).map(b"".join))
def test_any_bytes_are_a_form_or_an_invalid_request(body: bytes) -> None:
    try:
        form = parse_form(FORM, body)
    except InvalidRequest:
        return
    assert set(form.fields).isdisjoint(form.files)


@given(st.text())
def test_any_content_type_of_an_empty_body_is_an_invalid_request(content_type: str) -> None:
    refusal(lambda: parse_form("multipart/form-data; boundary=" + content_type, b""))


@given(st.dictionaries(st.sampled_from(["expires_after", "expires_after[x]"]), st.text()))
def test_any_expires_after_is_an_object_or_an_invalid_request(values: dict[str, str]) -> None:
    try:
        value = expires_after_field(fields(values))
    except InvalidRequest:
        return
    assert value is None or isinstance(value, dict)
