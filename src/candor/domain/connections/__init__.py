"""Connections: other systems follow the living profile, and are heard, in both directions.

Owns `connections.*`. Invariants:

- what another system is told is worked out from what stands at the moment of sending, never from
  what a change said when it was made: late, doubled and reordered deliveries come to the same;
- the gate is asked, its answer and the reading are written down and committed, and only then do
  bytes leave, with that ticket, for that very attempt;
- of one person there is one delivery under way at a time at each connection;
- a no of the other side is a choice with a time; a yes of the other side alone is none. What it
  says again, or says because we said it, is no news: each field is compared with what both sides
  last agreed on;
- who is nobody's business there any more (withdrawn, erased, off-boarded) is removed there, and
  stays in our books until that was acknowledged.
"""
