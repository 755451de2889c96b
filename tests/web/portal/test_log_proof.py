"""A line of Who looked as a file, with the proof that it is in the log; only about oneself."""

import json
import re
from base64 import b64decode

from candor.app import Candor
from candor.domain.access.model.roles import Role
from candor.domain.audit import service as audit
from candor.domain.audit.model.leaf import leaf_hash
from candor.domain.audit.model.tree import is_included
from tests.factories.logs import seal
from tests.web.portal.conftest import Visitor
from tests.web.portal.test_pages import look, make_ada_and_ben


async def test_a_look_is_proved_to_whom_it_was_about(candor: Candor, visitor: Visitor) -> None:
    ada, ben = await make_ada_and_ben(candor)
    await look(candor, ada, "orders", Role.SUPPORT, "r1")
    await look(candor, ben, "orders", Role.SUPPORT, "r2")
    await visitor.sign_in(ada)
    page = await visitor.page("/me/looks")
    (address,) = re.findall(r'href="(/me/looks/proof/\d+)"', page)
    assert (await visitor.get(address)).status_code == 409  # no head is signed over it yet
    head = await seal(candor)
    answer = await visitor.get(address)
    _format, extra, index, *rest = answer.text.split("\n")
    entry = b64decode(extra.removeprefix("extra "))
    path = [b64decode(line) for line in rest[: rest.index("")]]
    assert is_included(
        leaf_hash(entry),
        index=int(index.removeprefix("index ")),
        size=head.size,
        path=path,
        root=head.root,
    )
    assert json.loads(entry)["action"] == "vault.open"
    assert answer.headers["cache-control"] == "no-store"


async def test_lines_about_others_and_about_nobody_are_not_there(
    candor: Candor, visitor: Visitor
) -> None:
    ada, ben = await make_ada_and_ben(candor)
    await look(candor, ben, "orders", Role.SUPPORT, "r2")
    await seal(candor)
    await visitor.sign_in(ada)
    async with candor.database.read() as tx:
        mine = set(await candor.vault.pseudonyms(tx, [ada]))
        entries = [e for e in await audit.newest(tx) if e.subject not in mine]
    assert any(entry.subject for entry in entries)
    for entry_id in [*(entry.entry_id for entry in entries), 0, 10**6, 10**30]:
        assert (await visitor.get(f"/me/looks/proof/{entry_id}")).status_code == 404
