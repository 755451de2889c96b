"""Any system with a REST API of JSON, without code: everything about it stands in settings.

- A request is a method and a path (`PATCH /contacts/{id}`); what is put into a path is
  percent-encoded, into a body as a JSON value: no id and no name ever becomes more than that.
- A body is built from the mapping, by dotted names (`properties.email`); a template may be put
  around it (`{"contact": "{record}"}`).
- Where a record, its id, its version, an error and the time to wait stand in an answer is said by
  dotted names, too, or as `header:ETag`.

HTTP as RFC 9110 has it (ETag and If-Match: section 13; Retry-After: 10.2.3), tokens as RFC 6749
section 4.4, links of pages as RFC 8288. A record is read before it is written: a system that can
not be asked is not told choices.
"""
