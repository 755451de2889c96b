"""A store of objects as Amazon S3 documents it (API Reference 2006-03-01, read 2026-11-22).

PutObject, CreateMultipartUpload, UploadPart, CompleteMultipartUpload, AbortMultipartUpload,
GetObject with Range and If-Match, HeadObject, ListObjectsV2, CopyObject, DeleteObject; one bucket,
by paths. Signatures are checked by code of its own. Its own faults beside those of every HTTP
counterpart: CopyObject and CompleteMultipartUpload that answer 200 with an error inside, as the
documentation warns; `is_full`: a bucket over its quota; `keeps`: what is deleted stays.
"""

import hashlib
import hmac
import re
from typing import Final
from urllib.parse import quote, unquote, urlsplit
from xml.sax.saxutils import escape

from typing_extensions import override

from tests.counterparts.serving import Answered, Asked, Fault, HttpCounterpart

ACCESS_KEY: Final = "AKIAEXAMPLE"
SECRET_KEY: Final = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
REGION: Final = "eu-central-1"
BUCKET: Final = "handed-over"
_LEAST_PART: Final = 5 * 1024 * 1024
_XML: Final = {"content-type": "application/xml"}
_ERROR: Final = b"<Error><Code>InternalError</Code><Message>x</Message></Error>"


class ObjectStore(HttpCounterpart):
    """A bucket."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self.objects: dict[str, bytes] = {}
        self.uploads: dict[str, dict[int, bytes]] = {}
        self.is_full = False
        self.keeps = False
        self.listed = ""  # said in place of every list

    @property
    @override
    def supported(self) -> frozenset[Fault]:
        # What stands in an answer of success to a PUT is read by nobody.
        return frozenset(Fault) - {Fault.GARBLED, Fault.ERROR_IN_200, Fault.ENDLESS}

    def settings(self, folder: str = "to-agency", inbox: str = "") -> dict[str, str]:
        """Return what a connection knows of it."""
        return {
            "place": "s3",
            "endpoint": self.url,
            "bucket": BUCKET,
            "region": REGION,
            "access_key": ACCESS_KEY,
            "folder": folder,
            "inbox": inbox,
        }

    @override
    def failing(self, fault: Fault) -> Answered:
        if fault is Fault.ERROR_IN_200:
            return Answered(200, _ERROR, _XML)
        return super().failing(fault)

    @override
    async def answer(self, asked: Asked) -> Answered:
        if not _is_signed(asked):
            return Answered(403, _error("SignatureDoesNotMatch"), _XML)
        name = asked.path.removeprefix(f"/{BUCKET}").lstrip("/")
        query = asked.query
        match asked.method:
            case "GET" if not name:
                return self._list(query)
            case "GET" | "HEAD":
                return self._get(name, asked)
            case "POST":
                return self._upload(name, asked)
            case "PUT" if self.is_full:
                return Answered(507, _error("QuotaExceeded"), _XML)
            case "PUT" if "uploadId" in query:
                self.uploads[query["uploadId"]][int(query["partNumber"])] = asked.body
                return Answered(200, b"", {"etag": _tag(asked.body)})
            case "PUT" if "x-amz-copy-source" in asked.headers:
                return self._copy(name, asked)
            case "PUT":
                self.objects[name] = asked.body
                return Answered(200, b"", {"etag": _tag(asked.body)})
            case "DELETE" if "uploadId" in query:
                self.uploads.pop(query["uploadId"], None)
                return Answered(204)
            case _:
                if not self.keeps:
                    self.objects.pop(name, None)
                return Answered(204)

    def _list(self, query: dict[str, str]) -> Answered:
        prefix = query.get("prefix", "")
        found = [
            f"<Contents><Key>{escape(name)}</Key><Size>{len(content)}</Size></Contents>"
            for name, content in sorted(self.objects.items())
            if name.startswith(prefix) and "/" not in name.removeprefix(prefix)
        ]
        text = f"<ListBucketResult><Name>{BUCKET}</Name>{''.join(found)}</ListBucketResult>"
        return Answered(200, (self.listed or text).encode(), _XML)

    def _get(self, name: str, asked: Asked) -> Answered:
        content = self.objects.get(name)
        if content is None:
            return Answered(404, _error("NoSuchKey"), _XML)
        tag = _tag(content)
        if asked.headers.get("if-match", tag) != tag:
            return Answered(412, _error("PreconditionFailed"), _XML)
        if asked.method == "HEAD":
            return Answered(200, b"", {"etag": tag})
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", asked.headers.get("range", ""))
        if wanted is None:
            return Answered(200, content, {"etag": tag})
        start, end = int(wanted[1]), min(int(wanted[2]), len(content) - 1)
        over = {"etag": tag, "content-range": f"bytes {start}-{end}/{len(content)}"}
        return Answered(206, content[start : end + 1], over)

    def _upload(self, name: str, asked: Asked) -> Answered:
        if "uploads" in asked.query:
            upload = f"upload+{len(self.seen)}=="
            self.uploads[upload] = {}
            text = f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId>"
            return Answered(200, f"{text}</InitiateMultipartUploadResult>".encode(), _XML)
        parts = self.uploads.pop(asked.query["uploadId"], None)
        if parts is None:
            return Answered(404, _error("NoSuchUpload"), _XML)
        contents = [parts[number] for number in sorted(parts)]
        if any(len(one) < _LEAST_PART for one in contents[:-1]):
            return Answered(400, _error("EntityTooSmall"), _XML)
        named = re.findall(r"<ETag>([^<]*)</ETag>", asked.body.decode())
        if named != [_tag(one) for one in contents]:
            return Answered(400, _error("InvalidPart"), _XML)
        self.objects[name] = b"".join(contents)
        return Answered(
            200, b"<CompleteMultipartUploadResult></CompleteMultipartUploadResult>", _XML
        )

    def _copy(self, name: str, asked: Asked) -> Answered:
        source = unquote(asked.headers["x-amz-copy-source"]).removeprefix(f"/{BUCKET}/")
        if source not in self.objects:
            return Answered(404, _error("NoSuchKey"), _XML)
        self.objects[name] = self.objects[source]
        return Answered(200, b"<CopyObjectResult></CopyObjectResult>", _XML)


def _tag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def _error(code: str) -> bytes:
    return f"<Error><Code>{code}</Code><Message>x</Message></Error>".encode()


def _is_signed(asked: Asked) -> bool:
    """Work a signature out from what came over the wire, and compare it."""
    given = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8}/[^/]+/s3/aws4_request), "
        r"SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})",
        asked.headers.get("authorization", ""),
    )
    if given is None or given[1] != ACCESS_KEY:
        return False
    if hashlib.sha256(asked.body).hexdigest() != asked.headers["x-amz-content-sha256"]:
        return False
    parts = urlsplit(asked.target)
    pairs = sorted(part.partition("=") for part in parts.query.split("&") if part)
    query = "&".join(
        f"{quote(unquote(k), safe='-_.~')}={quote(unquote(v), safe='-_.~')}"
        for k, _, v in pairs
    )
    lines = "".join(f"{name}:{asked.headers[name]}\n" for name in given[3].split(";"))
    canonical = (
        f"{asked.method}\n{parts.path}\n{query}\n{lines}\n{given[3]}\n"
        f"{asked.headers['x-amz-content-sha256']}"
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    signed = f"AWS4-HMAC-SHA256\n{asked.headers['x-amz-date']}\n{given[2]}\n{digest}"
    key = f"AWS4{SECRET_KEY}".encode()
    for part in given[2].split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, signed.encode(), hashlib.sha256).hexdigest() == given[4]
