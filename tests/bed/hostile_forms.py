"""Forms that nobody should send, made by chance from a seed, and what each one says.

`HostileForm.parts` are the contents that the body holds, found line by line and without any
expression, so that whoever reads the body otherwise can be held to it.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

TOKEN = "0123456789abcxyzABCXYZ-_."
SPECIAL = "'()+_,-./:=?"
NEWLINES = (b"\r\n", b"\n", b"\r", b"\r\r\n", b"\n\r", b"\x00", b"\x0b", "\u2028".encode())


@dataclass(frozen=True)
class HostileForm:
    """One request's form; `is_good` when all of it follows the rules, whatever it looks like."""

    boundary: str
    content_type: str
    body: bytes
    is_good: bool
    sent: tuple[tuple[str, bytes], ...]

    @property
    def parts(self) -> list[bytes] | None:
        """The contents between the delimiters, in order, None when the last delimiter is missing.

        A delimiter is a line of its own, but for the line that follows a part's headers: the line
        break before it belongs to them.
        """
        line = b"--" + self.boundary.encode()
        lines = self.body.split(b"\r\n")
        found: list[bytes] = []
        content: list[bytes] | None = None
        in_headers = False
        for number, text in enumerate(lines):
            starts = not in_headers and content != [] and text.startswith(line)
            is_last = starts and text.startswith(line + b"--")
            is_next = starts and text[len(line) :].strip(b" \t") == b"" and number + 1 < len(lines)
            if is_last or is_next:
                if content is not None:
                    found.append(b"\r\n".join(content))
                if is_last:
                    return found
                content, in_headers = None, True
            elif in_headers and text == b"":
                content, in_headers = [], False
            elif content is not None:
                content.append(text)
        return None


def hostile_form(seed: int) -> HostileForm:
    """Make the form of a seed; every other one is good."""
    chance = random.Random(seed)
    boundary = _boundary(chance)
    sent = _sent(chance, boundary)
    head = [_headers(chance, name) for name, _ in sent]
    body = b"".join(
        f"--{boundary}\r\n".encode() + headers + content + b"\r\n"
        for headers, (_, content) in zip(head, sent, strict=True)
    )
    preamble = chance.choice([b"", b"", b"\r\n", b"--\r\nx\r\n", _noise(chance) + b"\r\n"])
    epilogue = chance.choice([b"", b"\r\n", b" \t\r\n", b"\r\n" + _noise(chance)])
    if _has_boundary(preamble, boundary):
        preamble = b""
    whole = preamble + body + f"--{boundary}--".encode() + epilogue
    form = HostileForm(boundary, _content_type(chance, boundary), whole, is_good=True, sent=sent)
    return form if seed % 2 else _spoiled(chance, form)


def _boundary(chance: random.Random) -> str:
    size = chance.choice([1, 2, 7, 40, 70, 80, 256])
    alphabet = chance.choice([TOKEN, "-", TOKEN + SPECIAL, "-\x2d="])
    return "".join(chance.choices(alphabet, k=size))


def _content_type(chance: random.Random, boundary: str) -> str:
    quote = any(character in SPECIAL for character in boundary) or chance.random() < 0.5
    value = f'"{boundary}"' if quote else boundary
    more = chance.choice(["", "; charset=utf-8", ';x="a;boundary=b"', "; ", ' ; x="\\""'])
    name = chance.choice(["multipart/form-data", "Multipart/Form-Data"])
    return f"{name}{chance.choice([';', '; ', ' ; '])}boundary={value}{more}"


def _sent(chance: random.Random, boundary: str) -> tuple[tuple[str, bytes], ...]:
    sent = [("purpose", b"batch"), ("file", _content(chance, boundary))]
    if chance.random() < 0.4:
        sent.append(("expires_after[seconds]", b"86400"))
    if chance.random() < 0.4:
        sent.append(("ignored", chance.choice([b"", b"\x00", "ü".encode() * 1000])))
    chance.shuffle(sent)
    return tuple(sent)


def _content(chance: random.Random, boundary: str) -> bytes:
    """Make content of what looks like the form's own syntax, without being it."""
    while True:
        pieces = [
            chance.choice(_pieces(chance, boundary)) for _ in range(chance.choice([0, 1, 5, 30]))
        ]
        content = b"".join(pieces)
        if not _has_boundary(content, boundary):
            return content


def _pieces(chance: random.Random, boundary: str) -> list[bytes]:
    line = b"--" + boundary.encode()
    return [
        line[: chance.randrange(len(line) + 1)],
        b"\n" + line + b"\n",
        b"\r\n" + line[:-1],
        line + b"--",
        b'\r\nContent-Disposition: form-data; name="file"; filename="other"\r\n\r\n',
        chance.choice(NEWLINES) * chance.randrange(4),
        _noise(chance),
    ]


def _noise(chance: random.Random) -> bytes:
    return chance.randbytes(chance.choice([0, 1, 3, 200]))


def _has_boundary(content: bytes, boundary: str) -> bool:
    """Tell whether a line of content begins with the boundary, which no sender may let happen."""
    return b"\r\n--" + boundary.encode() in content


def _headers(chance: random.Random, name: str) -> bytes:
    filename = chance.choice(
        ['"a.jsonl"', r'"a\"b;c=\"d.jsonl"', '"a;name=purpose"', '"naïve %22.jsonl"', "plain"]
    )
    disposition = f'form-data; name="{name}"'
    if name == "file":
        disposition = chance.choice([disposition, 'form-data;NAME="file" '])
        disposition += f"; filename={filename}"
        disposition += chance.choice(["", "; filename*=UTF-8''a%20%C3%BC.jsonl", '; x="\\\\"'])
    lines = [f"{chance.choice(['Content-Disposition', 'content-disposition'])}: {disposition}"]
    lines += chance.sample(
        ["Content-Type: text/plain", "X: " + "x" * 4000, "X-Empty:", 'X-Name: a:b;c="d'],
        chance.randrange(3),
    )
    chance.shuffle(lines)
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


Spoil = Callable[[random.Random, HostileForm], tuple[str, bytes]]


def _cut(chance: random.Random, form: HostileForm) -> tuple[str, bytes]:
    return form.content_type, form.body[: chance.randrange(len(form.body))]


def _flipped(chance: random.Random, form: HostileForm) -> tuple[str, bytes]:
    body = bytearray(form.body)
    for _ in range(chance.choice([1, 1, 4])):
        body[chance.randrange(len(body))] = chance.choice(b'\x00\r\n-";:=\\\xff x')
    return form.content_type, bytes(body)


def _inserted(chance: random.Random, form: HostileForm) -> tuple[str, bytes]:
    at = chance.randrange(len(form.body) + 1)
    line = b"\r\n--" + form.boundary.encode()
    more = chance.choice(
        [line + b"\r\n", line + b"--", b"\r\n\r\n", b'"', b"\\", b"\x00", b"X: " + b"x" * 9000]
    )
    return form.content_type, form.body[:at] + more + form.body[at:]


def _gone_on(chance: random.Random, form: HostileForm) -> tuple[str, bytes]:
    """Let something follow one boundary or all, as white space may in e-mail."""
    line = b"--" + form.boundary.encode()
    more = chance.choice([b" ", b" \t" * 20, b"\t\r", b"x", b" x", b"-", b"\n", b"\x00"])
    return form.content_type, form.body.replace(line, line + more, chance.choice([1, -1]))


def _other_newlines(chance: random.Random, form: HostileForm) -> tuple[str, bytes]:
    pieces = form.body.split(b"\r\n")
    share = chance.choice([0.1, 0.5, 1])
    body = pieces[0]
    for piece in pieces[1:]:
        body += (chance.choice(NEWLINES) if chance.random() < share else b"\r\n") + piece
    return form.content_type, body


def _repeated(chance: random.Random, form: HostileForm) -> tuple[str, bytes]:
    line = b"--" + form.boundary.encode()
    part = line + b'\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
    return form.content_type, part * chance.choice([1, 2, 31, 40]) + form.body


def _bombed(chance: random.Random, form: HostileForm) -> tuple[str, bytes]:
    bomb = chance.choice(['; x="', '\\"', '"', ";", "; a=b", "\\", "=", " "]) * 8000
    return form.content_type, form.body.replace(b"form-data;", b"form-data" + bomb.encode() + b";")


def _typed_otherwise(chance: random.Random, form: HostileForm) -> tuple[str, bytes]:
    others = [
        form.content_type.replace("boundary", "boundary*"),
        form.content_type + "; boundary=other",
        form.content_type.replace("form-data", "mixed"),
        f"multipart/form-data; boundary={form.boundary}x",
        'multipart/form-data; boundary="' + '\\"' * 4000,
        "multipart/form-data",
        "multipart/form-data; boundary=" + "b" * 257,
        "",
    ]
    return chance.choice(others), form.body


SPOILS: tuple[Spoil, ...] = (
    _cut,
    _flipped,
    _inserted,
    _gone_on,
    _other_newlines,
    _repeated,
    _bombed,
    _typed_otherwise,
)


def _spoiled(chance: random.Random, form: HostileForm) -> HostileForm:
    content_type, body = chance.choice(SPOILS)(chance, form)
    other = f"{form.boundary}x"  # which the content may have on a line of its own
    boundary = other if content_type.endswith(f"boundary={other}") else form.boundary
    return HostileForm(boundary, content_type, body, is_good=False, sent=form.sent)
