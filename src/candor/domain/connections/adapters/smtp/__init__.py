"""Mail over SMTP: carries messages to a mail server, and hears what comes back.

Out: one message to one person, signed by DKIM, with a return path and an address for unsubscribing
that are made for that person and message alone. In: delivery reports (RFC 3464), complaints
(RFC 5965) and mails that unsubscribe. Whom they are about is told by our own token and by nothing
else: a report that anybody wrote says nothing about anybody whose mail they never had.
"""
