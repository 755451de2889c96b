"""The proof of the log: its newest head, the last verification, and proofs of single entries."""

from typing import Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from candor.domain.access.model.roles import Permission
from candor.domain.audit import service as audit
from candor.domain.audit.errors import NoSuchEntry
from candor.domain.audit.model.proof import InclusionProof
from candor.domain.audit.service import checkpoints, proving
from candor.domain.audit.service.notary import LOG_PATH
from candor.infra.db.pool import ReadTx
from candor.kernel.errors import Refused
from candor.surface.console.desk import HOME, Desk, actor_of, asked, asked_number
from candor.surface.console.security.views import HeadPart, ProofPage, VerifiedPart
from candor.surface.plain.answers import AnyRequest
from candor.surface.plain.proofs import proof_file
from candor.surface.plain.signing import notary

_URL: Final = f"{HOME}/audit/proof"
_NOT_FOUND: Final = 404


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the route of the page."""

    @get("/audit/proof", opt={"permission": Permission.AUDIT_READ})
    async def proof(request: AnyRequest) -> Response[str]:
        """Show how the log proves itself; with `entry`, give the proof of one as a file."""
        visit = desk.visit(request)
        text = asked(request, "entry").strip()
        async with desk.acting(visit) as tx:
            refusal = ""
            if text:
                try:
                    entry_id = asked_number(request, "entry") or 0
                    found = await _proved(tx, entry_id)
                except Refused as error:
                    refusal = f"{error.message} {error.hint}".strip()
                else:
                    await audit.record(
                        tx,
                        actor=actor_of(visit),
                        action="audit.proved",
                        clock=desk.services.clock,
                        detail={"entry": entry_id},
                    )
                    return proof_file(found, entry_id)
            view = await _page(tx, desk, text, refusal)
            status = _NOT_FOUND if refusal else 200
            return await desk.show(
                tx, visit, "security/proof", "console/proof.html", view, status=status
            )

    return [proof]


async def _proved(tx: ReadTx, entry_id: int) -> InclusionProof:
    """Return the proof of an entry.

    Raises:
        NoSuchEntry: there is none of this number.
        NotSealedYet: it was written a moment ago.
    """
    if entry_id < 1:
        raise NoSuchEntry
    return await proving.prove(tx, entry_id)


async def _page(tx: ReadTx, desk: Desk, text: str, refusal: str) -> ProofPage:
    services = desk.services
    head = await checkpoints.latest(tx)
    verified = await proving.last_verified(tx)
    signs = await notary(tx, services.keyring, services.settings.public_url)
    return ProofPage(
        url=_URL,
        size=await proving.size(tx),
        waiting=await proving.waiting(tx),
        head=HeadPart(head.size, head.note, head.signed_at) if head else None,
        verified=VerifiedPart(
            verified.recorded_at,
            int(verified.detail.get("entries", 0)),
            int(verified.detail.get("findings", 0)),
        )
        if verified
        else None,
        origin=signs.origin,
        vkey=signs.signer.verifier.vkey,
        log_url=LOG_PATH,
        asked=text[:20],
        refusal=refusal,
    )
