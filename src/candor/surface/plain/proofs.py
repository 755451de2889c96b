"""A proof as a file: one entry of the audit log, and that it is in there (C2SP tlog-proof)."""

from litestar import Response

from candor.domain.audit.model.proof import InclusionProof
from candor.surface.plain.answers import HEADERS


def proof_file(proof: InclusionProof, entry_id: int) -> Response[str]:
    """Return a proof for somebody to keep; the browser saves it."""
    name = f"candor-entry-{entry_id}.tlog-proof"
    headers = {**HEADERS, "content-disposition": f'attachment; filename="{name}"'}
    return Response(proof.file, headers=headers, media_type="text/plain; charset=utf-8")
