"""The content that one request may carry."""

from lambdas.api.form import Form
from lambdas.core.errors import ContentTooLarge
from lambdas.core.limits import Limits, in_words


def inline_content(form: Form, name: str, limits: Limits) -> bytes:
    """Return a form's file of at most the inline limit; raises ContentTooLarge naming the ways.

    Lambda takes 6 MB a request, in base64, so larger content needs several requests.
    https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    """
    content = form.file(name).content
    if len(content) > limits.inline_bytes:
        limit = in_words(limits.inline_bytes)
        raise ContentTooLarge(
            f"The content has {len(content)} bytes and one request takes at most {limit} "
            f"({limits.inline_bytes} bytes): upload larger files in parts with the Uploads API "
            f"(client.uploads.upload_file_chunked with a part_size of at most {limit}), with the "
            "command `larder upload`, with larder.upload_file(client, path), or with "
            "OpenAI(http_client=larder.http_client()). If this was a part, cancel its upload "
            "(POST /uploads/{upload_id}/cancel, client.uploads.cancel(upload_id)): until it "
            "expires, its bytes stay reserved.",
            param=name,
        )
    return content
