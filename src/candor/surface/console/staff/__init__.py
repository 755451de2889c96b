"""Staff: who there is, invitations, roles, sign-ins, leaving."""
