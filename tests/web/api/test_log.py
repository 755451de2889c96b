"""The API hands out the head of the log and proofs against it."""

import json
from base64 import b64decode

from candor.app import Candor
from candor.domain.access.model.keys import Scope
from candor.domain.audit.model.leaf import leaf_hash
from candor.domain.audit.model.tree import is_consistent, is_included
from candor.kernel.ids import ProfileId
from tests.factories.logs import seal
from tests.web.api.conftest import System, issue


async def test_head_proof_and_growth(candor: Candor, system: System, ada: ProfileId) -> None:
    assert (await system.get("/log/head")).status_code == 404
    first = await seal(candor)
    await system.told("GET", f"/profiles/{ada}/choices")
    second = await seal(candor)
    head = await system.told("GET", "/log/head")
    assert (head["size"], head["checkpoint"]) == (second.size, second.note)
    assert b64decode(head["root"]) == second.root
    proof = await system.told("GET", "/log/entries/1/proof")
    assert json.loads(proof["entry"])["entry_id"] == 1
    assert is_included(
        leaf_hash(proof["entry"].encode()),
        index=proof["index"],
        size=proof["size"],
        path=[b64decode(one) for one in proof["hashes"]],
        root=second.root,
    )
    growth = await system.told("GET", f"/log/growth?first={first.size}&second={second.size}")
    path = [b64decode(one) for one in growth["hashes"]]
    assert is_consistent(first.size, first.root, second.size, second.root, path)


async def test_what_is_not_there(candor: Candor, system: System) -> None:
    head = await seal(candor)
    for path, status in (
        ("/log/entries/999999/proof", 404),
        ("/log/entries/0/proof", 404),
        (f"/log/growth?first={head.size + 1}&second={head.size + 1}", 404),
        ("/log/growth?first=2&second=1", 404),
        ("/log/growth?first=0&second=1", 422),
        ("/log/growth?first=1", 422),
    ):
        assert (await system.get(path)).status_code == status, path


async def test_it_needs_its_scope(candor: Candor, system: System) -> None:
    await seal(candor)
    poor = system.with_key(*await issue(candor, [Scope.PURPOSES_READ]))
    for path in ("/log/head", "/log/entries/1/proof", "/log/growth?first=1&second=1"):
        assert (await poor.get(path)).status_code == 403
