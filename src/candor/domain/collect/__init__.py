"""The door: what comes in, once each, and only what is declared and allowed.

Owns `collect.flush`, `message`, `event`, `counter`, `refusal`, `tally` and `favourite`.

Invariants: an event is answered for only after its rows are committed; a message id counts once
for ever (thirty days of memory); nothing that the catalogue does not declare is kept; an event
is kept only for purposes that its profile allows at that moment, and with none it is not kept;
no identifier and no card number stands in an event; every refusal is counted, with a masked
sample; tallies are folded from the same rows exactly once.
"""
