"""Your sign-in: password, app, recovery codes, passkeys, and where one is signed in."""
