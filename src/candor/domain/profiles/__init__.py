"""Living profiles: one person from many sources, each fact with where it came from.

Owns `profiles.profile`, `identifier`, `attribute`, `merge`, `apart` and `review`.

The idea: a merge never moves a row. Each profile keeps its own key, identifiers, attributes,
events and choices; a merge is an edge between two profiles, and the profiles that edges connect
are one person. `head_id` points every profile at the head of its person, and is worked out from
the edges alone. So undoing a merge restores exactly what was, in any order, and nothing that
says no can get lost on the way.

Invariants: an identifier belongs to one profile; the head of a person is known before
anonymous, then oldest, whatever the order of merges; two profiles that were found to be
different people are never merged by the machine; every merge and every undoing stands in the
journal.
"""
