"""Whatever is sent to the protocols, they answer, and never with a failure of ours."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.web.drp.conftest import Caller
from tests.web.opendsr.conftest import with_key

CALM = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
PATHS = st.sampled_from(
    ["/agent/AGENT_ONE", "/agent/X", "/data-rights-request", "/data-rights-request/", "/",
     "/data-rights-request/0193f1a2-7c1e-7d43-8a55-2f6f0c9d1e00"]
)  # fmt: skip
METHODS = st.sampled_from(["GET", "POST", "DELETE", "PUT"])


@CALM
@given(method=METHODS, path=PATHS, body=st.binary(max_size=400))
async def test_any_bytes_to_the_agents_protocol(
    caller: Caller, method: str, path: str, body: bytes
) -> None:
    answer = await caller.send(method, path, body)
    assert answer.status_code < 500, answer.text


@CALM
@given(
    changes=st.dictionaries(
        st.sampled_from([
            "agent-id", "business-id", "issued-at", "expires-at", "drp.version", "exercise",
            "regime", "email", "phone_number", "agent-request-id", "status_callback",
            "relationships", "email_verified",
        ]),
        VALUES | st.sampled_from(["deletion", "access", "ccpa", "+49 30 1", "a@b.example"]),
        max_size=3,
    )
)  # fmt: skip
async def test_any_signed_message(caller: Caller, changes: dict[str, Any]) -> None:
    body = caller.agent.signed(caller.message("deletion") | changes)
    answer = await caller.send("POST", "/data-rights-request", body)
    assert answer.status_code < 500, answer.text


@CALM
@given(
    changes=st.dictionaries(
        st.sampled_from([
            "regulation", "subject_request_id", "subject_request_type", "submitted_time",
            "subject_identities", "status_callback_urls", "extensions", "api_version",
        ]),
        VALUES,
        max_size=3,
    ),
    raw=st.none() | st.binary(max_size=200),
)  # fmt: skip
async def test_any_request_of_a_controller(
    caller: Caller, changes: dict[str, Any], raw: bytes | None
) -> None:
    controller = await with_key(caller.candor, caller.client)
    body = raw if raw is not None else json.dumps(controller.request() | changes).encode()
    answer = await controller.ask("POST", "/opendsr/v2/requests", content=body)
    assert answer.status_code < 500, answer.text


async def test_too_long_is_said_so(caller: Caller) -> None:
    answer = await caller.send("POST", "/data-rights-request", b"x" * 70_000)
    assert answer.status_code == 413
