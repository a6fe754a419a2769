"""What `larder.validate_batch` says of a file: each kind of fault has its place and its words."""

import io

import pytest

import larder
from larder import BatchLimits, BatchReport
from larder.batch.check import check
from larder.errors import InvalidBatchError, LarderError
from larder.transfer.sources import HandleSource


def request(custom_id: str = "a", rest: str = '"url":"/v1/x","body":{}') -> str:
    return f'{{"custom_id":"{custom_id}","method":"POST",{rest}}}'


A, B = request("a").encode(), request("b").encode()


def faults_of(content: bytes, limits: BatchLimits | None = None) -> list[str]:
    return [str(fault) for fault in larder.validate_batch(content, limits=limits).faults]


@pytest.mark.parametrize(
    "content",
    [
        A,
        A + b"\n",
        A + b"\r\n" + B + b"\r\n",
        A + b"\n" + B,
        A + b"\n\n \r\n\t\n",
        b"  " + A + b"  \n",
        A.replace(b'"a"', '"ä😀\u2028"'.encode()),
        A.replace(b'"a"', b'"\\ud83d\\ude00"'),
        A.replace(b"{}", b'{"custom_id":"b","method":1,"url":[]}'),
        A.replace(b"{}", b'{"seed":-123456789012345678901234567890,"least":1e-999}'),
        A.replace(b"{}", b'{"a":' * 1000 + b"1" + b"}" * 1000),
        A[:-1] + b',"priority":7}',
        A.replace(b'"custom_id"', b'"custom\\u005fid"'),
    ],
    ids=range(13),
)
def test_a_batch_is_valid(content: bytes) -> None:
    assert faults_of(content) == []


URL = 'and must be a path such as "/v1/chat/completions"'
EACH = {
    b"": "1:1: no request in it",
    b"\n \n": "1:1: no request in it",
    b"{": "1:2: not JSON: the line ends too early",
    b"{\r\n": "1:2: not JSON: the line ends too early",
    b'{"a\n': "1:4: not JSON: the line ends too early",
    '{"ä😀":tru}'.encode(): "1:7: not JSON: invalid literal, expected 'true'",
    b'{"a":1,}': "1:7: not JSON: trailing comma is not allowed",
    b"{'a':1}": "1:2: not JSON: texts and names stand in double quotes",
    b'{"a":NaN}': "1:6: not JSON: NaN is not one of its values",
    b'{"a":None}': "1:6: not JSON: None is not one of its values",
    b'{"a":1e999}': "1:6: not JSON: a number too large for a program",
    b'{"a":' + b"9" * 400 + b"}": "1:6: not JSON: a number too large for a program",
    b'{"a":"\\ud800"}': "1:7: not JSON: half of a surrogate pair, which is no character",
    b'{"a":"\\udc00"}': "1:7: not JSON: half of a surrogate pair, which is no character",
    b'{"a":"\xed\xa0\x80"}': "1:7: not UTF-8: byte 0xed",
    '{"ä":"'.encode() + b'\xff"}': "1:7: not UTF-8: byte 0xff",
    b'{"a":"\0"}': "1:7: a NUL character, as where a file was not written to its end",
    b"\0" * 100: "1:1: a NUL character, as where a file was not written to its end",
    b'{"a":"\t"}': "1:7: not JSON: unexpected control character in string",
    b'{"a":' * 2000: "1:5122: not JSON: nested more than 1024 deep",
    b"[" * 100_000: "1:1026: not JSON: nested more than 1024 deep",
    A + B: f"1:{len(A) + 1}: not JSON: more than one value on a line",
    A + b"\r" + B: f"1:{len(A) + 2}: not JSON: more than one value on a line",
    b"[]": "1:1: an array, where a request is an object",
    b" null": "1:2: null, where a request is an object",
    b"true": "1:1: true or false, where a request is an object",
    b'"custom_id"': "1:1: a text, where a request is an object",
    A.replace(b'"custom_id":"a",', b""): "1:1: custom_id is missing",
    A.replace(b'"method":"POST",', b""): "1:1: method is missing",
    A.replace(b'"a"', b'""'): "1:14: custom_id is empty",
    A.replace(b'"a"', b"17"): "1:14: custom_id is 17, and must be a text",
    A.replace(b'"a"', b"null"): "1:14: custom_id is null, and must be a text",
    A.replace(b"POST", b"post"): '1:27: method is "post", and must be "POST"',
    A.replace(b"/v1/x", b"v1\\n"): f'1:40: url is "v1\\n", {URL}',
    A.replace(b'"/v1/x"', b'["/v1/x"]'): f"1:40: url is an array, {URL}",
    A.replace(b"{}", b"true"): "1:55: body is true, and must be an object",
    A.replace(b"{}", b'"{}"'): '1:55: body is "{}", and must be an object',
    A[:-1] + b',"custom_id":"b"}': "1:58: custom_id stands in this request twice",
    A + b"\n\n" + B: "2:1: a blank line before the end",
    A + b"\n" + A: '2:14: custom_id "a" is that of line 1 already',
    A + b"\n" + B.replace(b"/x", b"/y"): '2:40: url is "/v1/y", but "/v1/x" on line 1: '
    "a batch has one",
    b"\xef\xbb\xbf" + A: "1:1: a byte order mark, which JSON does not have: save it without",
    A + b"\n\xef\xbb\xbf" + B: "2:1: a byte order mark, which JSON does not have: save it without",
    A.decode().encode("utf-16"): "1:1: UTF-16: a batch is UTF-8",
    A.decode().encode("utf-16-le"): "1:1: UTF-16: a batch is UTF-8",
    A.decode().encode("utf-16-be"): "1:1: UTF-16: a batch is UTF-8",
    A.decode().encode("utf-32"): "1:1: UTF-32: a batch is UTF-8",
    b"\x1f\x8b\x08\x00\x00": "1:1: compressed with gzip: a batch is plain text",
}


@pytest.mark.parametrize(("content", "expected"), EACH.items(), ids=range(len(EACH)))
def test_a_fault_is_told_with_its_place(content: bytes, expected: str) -> None:
    assert faults_of(content) == [expected]


def test_of_several_values_the_last_is_meant_and_its_place_told() -> None:
    assert faults_of(A.replace(b"{}", b'{},"body":1')) == ["1:65: body is 1, and must be an object"]


def test_the_faults_of_a_line_stand_in_its_order() -> None:
    line = '{"body":1,"url":2,"method":3,"custom_id":"a"}'
    assert faults_of(f"{request('a')}\n{line}".encode()) == [
        "2:9: body is 1, and must be an object",
        f"2:17: url is 2, {URL}",
        '2:28: method is 3, and must be "POST"',
        '2:42: custom_id "a" is that of line 1 already',
    ]


def test_a_duplicate_is_found_behind_other_faults_and_a_mark() -> None:
    first = b"\xef\xbb\xbf" + request("a", '"url":"/v1/x"').encode()
    third = b"\xef\xbb\xbf" + A
    assert faults_of(first + b"\n" + B + b"\n" + third) == [
        "1:1: a byte order mark, which JSON does not have: save it without",
        "1:1: body is missing",
        "3:1: a byte order mark, which JSON does not have: save it without",
        '3:14: custom_id "a" is that of line 1 already',
    ]


def test_several_urls_may_be_allowed() -> None:
    content = A + b"\n" + B.replace(b"/x", b"/y")
    assert faults_of(content, BatchLimits(one_url=False)) == []
    many = "\n".join(request(str(n), f'"url":"/{n}","body":{{}}') for n in range(1100))
    assert faults_of(many.encode(), BatchLimits(one_url=False)) == []


def test_the_request_beyond_the_limit_is_a_fault() -> None:
    content = b"\n".join(request(str(number)).encode() for number in range(5))
    report = larder.validate_batch(content, limits=BatchLimits(requests=3))
    assert [str(fault) for fault in report.faults] == ["4:1: request 4, and a batch has at most 3"]
    assert report.requests == 5
    assert faults_of(content, BatchLimits(requests=5)) == []
    assert faults_of(content, BatchLimits(requests=None)) == []


def test_the_line_beyond_the_bytes_is_a_fault() -> None:
    content = A + b"\n" + B + b"\n"
    assert faults_of(content, BatchLimits(bytes=len(content))) == []
    (fault,) = faults_of(content, BatchLimits(bytes=len(content) - 1))
    assert fault.startswith("2:1: beyond the ")
    assert faults_of(content, BatchLimits(bytes=None)) == []
    (fault,) = faults_of(A + b"\n" * 100, BatchLimits(bytes=len(A) + 10))
    assert fault.startswith("11:1: beyond the ")


def test_a_line_longer_than_a_batch_may_be_is_not_read_whole() -> None:
    content = A + b"\n" + b"x" * 1000 + b"\n" + A
    assert faults_of(content, BatchLimits(bytes=100)) == [
        "2:1: beyond the 100 B that a batch has at most",
        "2:1: a line of more than 100 B",
        '3:14: custom_id "a" is that of line 1 already',
    ]


def test_the_first_faults_are_told_and_all_are_counted() -> None:
    content = b"\n".join([A] * 100)
    report = larder.validate_batch(content)
    assert [fault.line for fault in report.faults] == list(range(2, 22))
    assert report.fault_count == 99
    assert len(larder.validate_batch(content, most_faults=None).faults) == 99
    blank = larder.validate_batch(A + b"\n" * 1001 + B, most_faults=2)
    assert (len(blank.faults), blank.fault_count) == (2, 1000)


@pytest.mark.parametrize("most", [1, 2, None])
def test_a_digest_that_two_ids_share_is_no_fault(most: int | None) -> None:
    content = b"\n".join(request(custom_id).encode() for custom_id in ("a", "b", "c", "b"))
    source = HandleSource(io.BytesIO(content))
    report = check(source, BatchLimits(), digest=lambda _: 7, most_faults=None)
    assert [str(fault) for fault in report.faults] == [
        '4:14: custom_id "b" is that of line 2 already'
    ]
    assert report.fault_count == 1


def test_a_report_raises_what_it_found_first() -> None:
    larder.validate_batch(A).raise_if_invalid()
    with pytest.raises(InvalidBatchError, match=r"line 2:1: .*NUL.* \(and 1 more\)") as caught:
        larder.validate_batch(A + b"\n\0\n[]").raise_if_invalid()
    assert isinstance(caught.value, LarderError)
    assert caught.value.exit_code == 8


def test_a_report_says_what_was_read() -> None:
    limits = BatchLimits(requests=7)
    report = larder.validate_batch(A + b"\n" + B + b"\n\n", limits=limits)
    assert report == BatchReport(2, len(A) + len(B) + 3, (), 0, limits)
    assert report.is_valid


def test_faults_are_told_in_the_order_of_lines() -> None:
    content = A + b"\n\n\n" + B + b"\n"
    limits = BatchLimits(bytes=80)
    places = ["2:1", "3:1", "4:1"]
    for most in (1, 2, 3, None):
        report = larder.validate_batch(content, limits=limits, most_faults=most)
        assert [f"{fault.line}:{fault.column}" for fault in report.faults] == places[:most]
        assert report.fault_count == 3


def test_a_blank_line_beyond_the_bytes_is_told_in_its_order() -> None:
    content = A + b"\n" * 10 + B
    for most in (1, 5, None):
        report = larder.validate_batch(
            content, limits=BatchLimits(bytes=len(A) + 5), most_faults=most
        )
        lines = [2, 3, 4, 5, 6, 6, 7, 8, 9, 10]
        assert [fault.line for fault in report.faults] == lines[:most]
        assert report.fault_count == 10


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"x",
        b"[]",
        b"\xef\xbb\xbf" + A,
        A.replace(b"{}", b"1"),
        A[:-1] + b',"custom_id":"a","method":1}',
        A.replace(b"/x", b"/y"),
    ],
    ids=range(7),
)
def test_faults_that_are_not_told_are_counted_as_those_that_are(line: bytes) -> None:
    content = b"\n".join([A, *[line] * 5, B])
    every = larder.validate_batch(content, most_faults=None)
    first = larder.validate_batch(content, most_faults=1)
    assert first.faults == every.faults[:1]
    assert first.fault_count == every.fault_count == len(every.faults) >= 5


@pytest.mark.parametrize("name", [b"custom\\u005fid", b"\\u0063ustom_id", b"custo\\u006D_id"])
def test_a_second_id_is_found_on_any_line_however_it_is_written(name: bytes) -> None:
    twice = b'{"custom_id":"c","' + name + b'":"b","method":"POST","url":"/v1/x","body":{}}'
    for content in (twice, A + b"\n" + twice, b"\n".join([A, A, twice])):
        report = larder.validate_batch(content, most_faults=None)
        last = report.faults[-1]
        assert (last.line, last.column) == (content.count(b"\n") + 1, 18)
        assert last.code == "duplicate_key"
        assert larder.validate_batch(content, most_faults=1).fault_count == report.fault_count


def test_escapes_elsewhere_are_no_second_id() -> None:
    body = b'{"a":"\\u0063 \\\\u005f","custom_id":"x","custom\\u005fid":"y"}'
    assert faults_of(A + b"\n" + B.replace(b"{}", body)) == []
