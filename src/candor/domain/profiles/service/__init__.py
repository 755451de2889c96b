"""The verbs of profiles.

`resolve` finds or begins the profile that an event is about, and merges where the rules say so;
`merge` joins, undoes and settles; `keep` writes attributes; `read` opens a person for a
purpose.
"""
