"""The audit log proves itself: its head, an entry under it, and that it only grew."""

from base64 import b64encode
from typing import Final

from candor.domain.access.model.keys import Scope
from candor.domain.audit import service as audit
from candor.domain.audit.errors import NoSuchCheckpoint
from candor.domain.audit.model.proof import InclusionProof
from candor.domain.audit.service import checkpoints, proving
from candor.surface.api.v1.call import Call
from candor.surface.api.v1.operation import Operation
from candor.surface.api.v1.shapes import GrowthQuery, GrowthTold, HeadTold, ProofTold


async def head(call: Call, _: None) -> HeadTold:
    """Return the newest signed head."""
    async with call.services.database.read(call.request_id) as tx:
        found = await checkpoints.latest(tx)
    if found is None:
        raise NoSuchCheckpoint("Nothing is signed yet.", hint="Try again in a minute.")
    return HeadTold(
        size=found.size,
        root=b64encode(found.root).decode(),
        signed_at=found.signed_at,
        checkpoint=found.note,
    )


async def proof(call: Call, _: None) -> ProofTold:
    """Return the proof that an entry is in the log, with the entry; a read of the log."""
    async with call.services.database.tx(call.request_id) as tx:
        found = await proving.prove(tx, int(call.places["entry_id"]))
        await audit.record(
            tx,
            actor=call.actor,
            action="audit.proved",
            clock=call.services.clock,
            detail={"entry": int(call.places["entry_id"])},
        )
    return told(found)


def told(found: InclusionProof) -> ProofTold:
    """Return a proof as the API tells it."""
    return ProofTold(
        entry=found.entry.decode(),
        index=found.index,
        size=found.size,
        hashes=[b64encode(one).decode() for one in found.path],
        checkpoint=found.checkpoint,
        file=found.file,
    )


async def growth(call: Call, query: GrowthQuery) -> GrowthTold:
    """Return the proof that the log only grew from one size to another."""
    async with call.services.database.read(call.request_id) as tx:
        found = await proving.consistent(tx, query.first, query.second)
    return GrowthTold(
        first=found.first,
        second=found.second,
        hashes=[b64encode(one).decode() for one in found.path],
    )


_HASH: Final = "5d8b1bB0RIRkRWFlBB1yTTGH3qKKVKFF2JbN0jFPXyE="
_NOTE: Final = (
    "shop.example/trust/log\n3\n5d8b1bB0RIRkRWFlBB1yTTGH3qKKVKFF2JbN0jFPXyE=\n\n"
    "— shop.example/trust/log pRrpfE…\n"
)

OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/log/head",
        name="read_log_head",
        tag="log",
        summary="The newest signed head of the audit log",
        about="Keep it somewhere else: whoever has one can tell a rewritten log.",
        scope=Scope.LOG_READ,
        gives=HeadTold,
        run=head,
        answer={
            "size": 3,
            "root": _HASH,
            "signed_at": "2026-11-22T12:00:00Z",
            "checkpoint": _NOTE,
        },
        errors=(404,),
    ),
    Operation(
        method="GET",
        path="/log/entries/{entry_id}/proof",
        name="prove_entry",
        tag="log",
        summary="An entry, and the proof that it is in the log",
        about="A read of the log, and written down as one. 409: it was written a moment ago; a "
        "head is signed every minute.",
        scope=Scope.LOG_READ,
        gives=ProofTold,
        run=proof,
        errors=(404, 409),
    ),
    Operation(
        method="GET",
        path="/log/growth",
        name="prove_growth",
        tag="log",
        summary="The proof that the log only grew from one size to another",
        about="The hashes of RFC 9162, 2.1.4; how to check them stands in "
        "docs/howto/verify-the-log.md.",
        scope=Scope.LOG_READ,
        takes=GrowthQuery,
        gives=GrowthTold,
        run=growth,
        answer={"first": 2, "second": 3, "hashes": [_HASH]},
        errors=(404,),
    ),
)
