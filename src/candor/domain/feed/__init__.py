"""The change feed: what changed on profiles, in order, for whoever must follow.

Owns `feed.change`. Invariants: a change is written in the transaction that makes it; a reader
that keeps the horizon it was given never misses one, however late a transaction commits, and
may see one twice.
"""
