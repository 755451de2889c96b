"""Salesforce: contacts or leads, their opt-outs, and those of their Individual records.

Follows developer.salesforce.com, REST API guide and help pages, read 2026-11-22: OAuth 2.0 client
credentials and JWT bearer flows, Composite, sObject Collections (create, update, upsert, delete),
conditional request headers, SOQL, queryAll, describe, status codes, field history objects.

How it is spoken with:

- a person is a Contact or a Lead, called by its record id; new ones are upserted by an external id
  where there is one. Salesforce lets two records have one e-mail address: the oldest is the person,
  and a no of any of them counts;
- a choice is a checkbox. Those that Salesforce itself reads as an opt-out (`HasOptedOutOfEmail`,
  `HasOptedOutOfFax`, `DoNotCall`, all `HasOptedOut…` of `Individual.…`) and those written
  `not:Field__c` say no when they are set; any other says yes;
- a no, and facts, go for many at once; a yes that changes something goes alone and under
  `If-Unmodified-Since`: what changed after it was read is not written over. The header knows whole
  seconds, so a record that changed within this one is left for the next;
- questions (SOQL) go in the body of Composite: an address never stands in a URL;
- what changed is found by `SystemModstamp` and record id, deleted ones too, for Individuals by
  theirs; the last five minutes are read again each time, for a long transaction shows late. Times
  of choices come from field history, where the company tracks it;
- a deleted record lies in the Recycle Bin for 15 days and REST cannot empty that: the fields of
  the mapping are emptied before (setting `removal`).

Left out: outbound messages (SOAP), Change Data Capture (CometD, gRPC), ContactPointTypeConsent.
"""
