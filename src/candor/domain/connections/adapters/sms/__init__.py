"""Text messages through a provider that speaks as Twilio's Programmable Messaging does.

Out: one form per message to `Messages.json`. In: what people answer (STOP, START, HELP, in their
own words) and what became of messages, in calls that the provider signs. A number is normalised to
E.164 on both ways; whose it is, our own identifiers say.

Follows Twilio's documentation: Messages resource, Validating requests, Message status callbacks,
Error dictionary; read 2026-11-22.
"""
