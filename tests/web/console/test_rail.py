"""What the rail of the console leads to: only what opens."""

import pytest

from candor.domain.access.model.roles import Role
from tests.web.console.conftest import Hire


@pytest.mark.parametrize("role", Role)
async def test_the_rail_shows_only_what_opens(hire: Hire, role: Role) -> None:
    clerk = await hire(role)
    html = await clerk.page("/console")
    places = (
        "people", "reviews", "choices", "connections", "requests", "catalogue", "security/alerts",
        "settings/keys",
    )  # fmt: skip
    for place in places:
        opens = (await clerk.get(f"/console/{place}")).status_code == 200
        assert (f'href="/console/{place}"' in html) == opens, place
