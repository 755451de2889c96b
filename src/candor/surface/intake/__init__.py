"""The door's HTTP face: Segment's tracking API, so that every Segment SDK works by its host.

Plain ASGI below one mount: a request is read, authenticated, checked and answered after its
commit. Answers: 200 taken · 400 unreadable · 401 wrong write key · 413 too large · 429 too much at
once · 503 the database is away (SDKs send again, and message ids make that harmless).
"""
