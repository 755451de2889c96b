"""Audiences of social and search platforms: people go in and out by hashes alone.

Two platforms, of which a setting names one:

- Meta, custom audiences of the Marketing API (developers.facebook.com, guide «Customer File Custom
  Audiences» and reference «custom-audience/users», v25.0, read 2026-11-22): POST and DELETE
  `/{audience}/users` with a schema of many keys, 10,000 people per call at most;
- Google, Customer Match through the Data Manager API (developers.google.com/data-manager,
  `audienceMembers.ingest` and `.remove`, «Format user data», «Limits and quotas», read 2026-11-22),
  which has taken the place of `offlineUserDataJobs` of the Google Ads API.

How it is spoken with:

- nothing leaves that was not normalised by the platform's rules and hashed by SHA-256. What a
  platform wants in the clear (Google: postal code and country beside a name; Meta: the advertising
  id of a phone) is not offered;
- the name under which somebody is in our books there is the row of hashes itself, with the audience
  it went to: so a removal needs nothing else, also when the person's key is gone;
- who changes an address is removed by the old row before the new one is added: in doubt somebody is
  in no audience;
- a choice is whether somebody is in it: one no, and they are removed. So one must be mapped;
- both platforms work what they took off later, within a day. Neither says who is in an audience: it
  is told and not heard;
- where a platform refuses a call for somebody in it without saying whom, the call is halved until
  they are found.
"""
