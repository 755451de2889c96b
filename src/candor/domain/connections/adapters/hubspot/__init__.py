"""HubSpot: contacts, their choices as properties or subscriptions, and its webhooks.

Follows developers.hubspot.com, read 2026-11-22: contacts (batch read, update, upsert, archive),
gdpr-delete, search the CRM, subscription preferences v4 (batch read and write: the addresses stand
in the body; the calls for one contact have them in the path and are not used), webhooks, request
validation v3, usage guidelines, error handling.

How it is spoken with:

- a person is a contact, called by its record id; new ones are upserted by the first key of the
  mapping, known ones updated by id, so a changed e-mail address changes the same contact;
- a choice is a property (`newsletter`, yes is true), its opposite (`not:newsletter_opt_out`), or a
  subscription type (`subscription:1234`). NOT_SPECIFIED says nothing. Whoever opted out of all
  opted out of each. An address that nobody has can be told nothing, and gets nothing;
- HubSpot writes under no condition: what it holds is read first. Subscriptions are written when
  they differ, never to confirm;
- what changed is found by the search (which takes some moments to know it: the last two minutes
  are read again each time), in steps that never need more than its first page, for it ends at
  10,000; times of choices come from the history of properties and from subscriptions;
- webhooks name contacts by record id. Creations and merges are left to the search: the events hold
  nothing to know a person by. Who was archived or deleted is heard of by webhook alone.
"""
