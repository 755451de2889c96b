"""The declared data: what may be known, why, for how long, and who may send it.

Owns `catalogue.version` (every document that was ever in force) and the small tables that give
its names stable numbers (`purpose`, `attribute`, `event_type`, `source`).

Invariants: a number is never given to another name; a document in force is complete and
consistent (every purpose, attribute and identifier that is named is declared); the tracking
plan, the masks of purposes and the record of processing are derived from this one document.
"""
