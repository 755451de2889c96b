"""Signed webhooks, out and in, by Standard Webhooks (standardwebhooks.com, read 2026-11).

For systems of one's own that have no adapter: they are told of each person under a name that no
other receiver knows, and may call back in the same form.
"""
