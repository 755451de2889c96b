"""Mautic: marketing automation, told and heard over its REST API and its webhooks.

Documentation: devdocs.mautic.org (REST API, contacts; webhooks) and the source of the contacts' API
(mautic/mautic, LeadApiController, DoNotContact), read 2026-11-22. What follows from them:

- `POST /contacts/batch/new` with nothing but the address finds whoever has it, or makes them, and
  says what they refused: no address stands in the address of a request, and nothing is overwritten;
- an edit with somebody else's address merges the two contacts there. Who comes out of an edit is
  therefore looked at again;
- a bounce is kept among the refusals: it closes the channel here and is no choice of a person; and
  a yes of ours does not take it away;
- webhooks are signed without a time: the same body again is the same message, and a yes counts by
  the time that stands inside of it.
"""
