"""Encrypted files: what a CSV by mail becomes.

A file is made on demand, after two people have agreed on it, of whoever may be in it at that
moment; it is sealed to its recipients' public keys (age), lies at a place for some days and is
taken away again. Files for us are picked up at the same places and read like any other source.
"""
