"""Web push: messages to browsers that allowed them, encrypted so that only the browser can read.

RFC 8030 (handing over), RFC 8188 and RFC 8291 (encryption), RFC 8292 (who sends), read 2026-11-22.
"""
