"""Of each secret it is known where it is sent."""

from candor.app.exchanging import REGISTRY

# They sign, open or verify, and stay here.
STAY = {
    ("drop", "secret_key"), ("drop", "identity"), ("drop", "ssh_identity"),
    ("hubspot", "client_secret"),
    ("mautic", "hook_secret"), ("push", "private_key"), ("rest", "hook_secret"),
    ("smtp", "dkim_rsa"), ("smtp", "dkim_ed25519"), ("smtp", "tokens"), ("smtp", "inbound"),
}  # fmt: skip


def test_of_each_secret_it_is_known_where_it_is_sent() -> None:
    """Whoever changes where gives it anew: a kind that forgets to say so gives it away."""
    for kind, adapter in REGISTRY.items():
        names = {one.name for one in adapter.spec.settings if not one.is_secret}
        for one in adapter.spec.secrets:
            is_here = kind == "webhook" or (kind, one.name) in STAY
            assert bool(one.sent_to) is not is_here, (kind, one.name)
            assert names.issuperset(one.sent_to), (kind, one.name)
