"""The shield: what stops attackers, by itself.

Owns `shield.throttle`, `solved`, `seen`, `canary`, `alert`, `measure` and `progress`.

Invariants: a limit holds for all processes and nodes together; nobody can lock somebody else out:
an account under attack asks for more work, it does not close; every measure ends by itself and
can be lifted by hand; no address and no account stands here in the clear; shield and access do
not know each other: the surfaces and `candor.app` bring them together.
"""
