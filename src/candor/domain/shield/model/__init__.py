"""The rules of the shield, pure."""
