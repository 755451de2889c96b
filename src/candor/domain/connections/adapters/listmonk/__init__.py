"""listmonk: an e-mail platform that one runs oneself, told and heard over its API.

Documentation: listmonk.app/docs/apis/subscribers and .../bounces, and its queries
(knadh/listmonk, queries/subscribers.sql), read 2026-11-22. What follows from them:

- a person is found by the number of the subscriber; by the address only through a keyed hash that
  is fresh each time, for the API searches in the address of the request alone;
- somebody who unsubscribes changes the subscription and not the subscriber: both times are asked;
- who is not on a list has said nothing about it; who is `unsubscribed` or `blocklisted` said no;
- it calls nobody: it is polled.
"""
