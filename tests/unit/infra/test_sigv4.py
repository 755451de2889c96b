"""Signatures of S3, held against the examples of its documentation.

"Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)", the four
examples: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import pytest

from candor.infra import sigv4

KEY: Final = sigv4.Key(
    "AKIAIOSFODNN7EXAMPLE",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",  # gitleaks:allow - of the documentation
    "us-east-1",
)
BASE: Final = "https://examplebucket.s3.amazonaws.com"
NOW: Final = datetime(2013, 5, 24, tzinfo=UTC)


@pytest.mark.parametrize(
    ("method", "path", "query", "headers", "body", "signature"),
    [
        (
            "GET",
            "test.txt",
            {},
            {"Range": "bytes=0-9"},
            b"",
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            "PUT",
            "test$file.text",
            {},
            {
                "Date": "Fri, 24 May 2013 00:00:00 GMT",
                "x-amz-storage-class": "REDUCED_REDUNDANCY",
            },
            b"Welcome to Amazon S3.",
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
        (
            "GET",
            "",
            {"lifecycle": ""},
            {},
            b"",
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
        ),
        (
            "GET",
            "",
            {"max-keys": "2", "prefix": "J"},
            {},
            b"",
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ],
)
def test_the_examples_of_the_documentation(
    method: str,
    path: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    body: bytes,
    signature: str,
) -> None:
    """Each comes to the signature that stands there."""
    url = sigv4.address(BASE, path, query)

    found = sigv4.signed(KEY, method, url, now=NOW, body=body, headers=headers)

    assert found["authorization"].endswith(f"Signature={signature}")


def test_a_name_is_written_as_it_is_signed() -> None:
    """Spaces and signs of other alphabets in a path and in a query."""
    url = sigv4.address(f"{BASE}/", "/a folder/ä.age", {"prefix": "a b/+"})

    assert url == f"{BASE}/a%20folder/%C3%A4.age?prefix=a%20b%2F%2B"
