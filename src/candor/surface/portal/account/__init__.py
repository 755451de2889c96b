"""Your account: sign-ins, language, time zone, and how to keep it yours."""
