"""The rules of access, pure: roles, keys, sign-ins."""
