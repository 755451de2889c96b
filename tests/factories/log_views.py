"""Sample views of the pages about the log and its proof."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from candor.surface.console.security.views import HeadPart, ProofPage, VerifiedPart
from candor.surface.trust.views import HeadPart as TrustHead
from candor.surface.trust.views import KeyLine, LogPage

VKEY: Final = "shop.example/trust/log+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
NOTE: Final = (
    "shop.example/trust/log\n1482113\nWqiKPB6RnEcIek0UEmyuWXwNwGBVptHB067QF3doQrA=\n\n"
    "— shop.example/trust/log Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZ\n"
)


def samples(
    now: datetime, console: Callable[[str], object], trust_frame: object
) -> dict[str, tuple[str, Any, object]]:
    """Return each state of these pages: template, view, frame."""
    proof = ProofPage(
        url="/console/audit/proof",
        size=1_482_120,
        waiting=7,
        head=HeadPart(1_482_113, NOTE, now),
        verified=VerifiedPart(now, 1_482_113, 0),
        origin="shop.example/trust/log",
        vkey=VKEY,
        log_url="/trust/log",
    )
    log = LogPage(
        head=TrustHead(NOTE, 1_482_113, now),
        keys=(KeyLine(VKEY, is_retired=False), KeyLine(VKEY, is_retired=True)),
        checkpoint_url="/trust/log/checkpoint",
        addresses=("https://shop.example/trust/log/checkpoint",),
        formats="RFC 9162",
        trust_url="/trust",
    )
    return {
        "log-proof": ("console/proof.html", proof, console("security")),
        "log-proof-empty": (
            "console/proof.html",
            replace(proof, size=0, waiting=0, head=None, verified=None),
            console("security"),
        ),
        "log-proof-differs": (
            "console/proof.html",
            replace(
                proof,
                verified=VerifiedPart(now, 1_482_113, 3),
                asked="99999999",
                refusal="There is no such entry.",
            ),
            console("security"),
        ),
        "trust-log": ("trust/log.html", log, trust_frame),
        "trust-log-empty": ("trust/log.html", replace(log, head=None), trust_frame),
    }
