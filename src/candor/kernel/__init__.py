"""Words and values that everything else is made of. Knows nothing of the world outside.

Imports only the standard library and msgspec. Nothing here does I/O.
"""
