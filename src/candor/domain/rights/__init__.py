"""Rights: what people are entitled to, from the request to the certificate.

Owns `rights.*`. Invariants: a request moves only along `model.request.MOVES`; every move is an
event in the same transaction and an audit entry; a clock is worked out from `regimes.toml` and
never by hand; a task is done at most once in effect, however often it is tried; after the commit
of an erasure nothing of the person can be read, whatever fails later.
"""
