"""The REST API for integrations, version 1: plain ASGI, one table of operations.

Routing, checking, answers, the OpenAPI document and the reference page all come from the same
`Operation` values, so that they cannot say different things.
"""
