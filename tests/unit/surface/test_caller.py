"""Where a request comes from: what our own proxies saw, never what a client claims."""

from ipaddress import IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candor.surface.plain.caller import caller_of, device_of

CLIENT = ("198.51.100.9", 40_000)


def of(forwarded: str | None, proxies: int, client: tuple[str, int] | None = CLIENT) -> str:
    """Return the address of a request with this X-Forwarded-For."""
    headers = [] if forwarded is None else [(b"x-forwarded-for", forwarded.encode())]
    return caller_of(headers, client, proxies).address


@pytest.mark.asvs("4.1.3", "15.3.4")
@given(st.text(st.characters(codec="latin-1")))
def test_without_a_proxy_of_ours_the_header_means_nothing(claim: str) -> None:
    headers = [(b"x-forwarded-for", claim.encode("latin-1"))]
    assert caller_of(headers, CLIENT, 0).address == CLIENT[0]


@pytest.mark.asvs("4.1.3", "15.3.4")
@given(st.lists(st.ip_addresses(v=4).map(str), max_size=5), st.integers(1, 3))
def test_what_a_client_claims_stands_left_of_what_our_proxies_saw(
    claims: list[str], proxies: int
) -> None:
    # The outermost proxy adds whom it saw; each further one adds the proxy before it.
    seen = ["203.0.113.5", *[f"10.0.0.{number}" for number in range(1, proxies)]]
    assert of(", ".join([*claims, *seen]), proxies) == "203.0.113.5"


def test_several_headers_are_one_list() -> None:
    headers = [(b"x-forwarded-for", b"192.0.2.66"), (b"x-forwarded-for", b"203.0.113.5")]
    assert caller_of(headers, CLIENT, 1).address == "203.0.113.5"


def test_who_walked_round_a_proxy_is_known_by_their_own_address() -> None:
    assert of("192.0.2.66", 2) == CLIENT[0]
    assert of(None, 1) == CLIENT[0]


@pytest.mark.parametrize(
    "text",
    ["", "unknown", "_hidden", "999.1.1.1", "1.2.3.4.5", "::g", "[::1", "' OR 1=1", "1" * 5000],
)
def test_what_is_no_address_is_one_unknown_caller(text: str) -> None:
    assert of(text, 1) == "unknown"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("203.0.113.5:51234", "203.0.113.5"),
        ("[2001:db8:1:2:3:4:5:6]:443", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.5", "203.0.113.5"),
    ],
)
def test_ports_and_brackets_are_taken_off(text: str, address: str) -> None:
    assert of(text, 1) == address


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_a_household_with_a_whole_64_is_one_caller(first: int, second: int) -> None:
    prefix = int(IPv6Address("2001:db8:1:2::"))
    addresses = {of(str(IPv6Address(prefix + host)), 1) for host in (first, second)}
    assert addresses == {"2001:db8:1:2::/64"}


def test_networks_are_a_24_and_a_48() -> None:
    assert caller_of([], ("203.0.113.77", 1), 0).network == "203.0.113.0/24"
    assert caller_of([], ("2001:db8:1:2::9", 1), 0).network == "2001:db8:1::/48"
    assert caller_of([], None, 0).network == "unknown"


def test_a_network_is_kept_as_a_mark_that_needs_the_key() -> None:
    caller = caller_of([], CLIENT, 0)
    assert caller.mark(b"a" * 32) != caller.mark(b"b" * 32)
    assert caller.mark(b"a" * 32) == caller_of([], ("198.51.100.200", 1), 0).mark(b"a" * 32)


@given(st.text())
def test_any_user_agent_becomes_a_kind_of_browser_and_nothing_finer(agent: str) -> None:
    assert device_of(
        f"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) {agent} Firefox/140.0"
    ).endswith(
        (
            "on Linux",
            "on Windows",
            "on macOS",
            "on Android",
            "on iPhone",
            "on iPad",
            "on ChromeOS",
        )
    )
