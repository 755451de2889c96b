"""Choices and decisions: what may happen with a profile, and why.

Owns `consent.record` (append-only: every choice ever made, with its evidence) and
`consent.state` (the fold of those choices, as a bit mask that a query over a million profiles
can use).

Invariants: a record is never changed or removed, by the database's own refusal; the state is
always what folding the records gives; of several profiles that are one person the most
restrictive choice counts; whatever is unknown, missing or unreadable means no.
"""
