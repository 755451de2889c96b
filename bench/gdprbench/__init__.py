"""GDPRbench (Shastri et al., VLDB 2020), as much of it as its work load needs.

`work` has the records, the mixes and the dice; `model` is a dictionary that answers as both stores
must; `candor` and `bare` are the two stores.

A record of GDPRbench is an answer about a person, `profiles.attribute`. How its fields are kept:

| field | here |
| --- | --- |
| key | whose answer it is, the attribute and the source: `Record.code` |
| Data | the sealed value, 100 characters; opening it asks the gate and writes an audit entry |
| USR | a profile, found by the blind index of its sealed `customer_number` |
| PUR | a bit of the answer's mask of purposes; 25 purposes that need a yes, which each has given |
| OBJ | a no, on record, to another of these purposes: 24 where GDPRbench has 100 words |
| DEC | one more bit of that mask: may be used for automated decisions |
| TTL, CAT | retention and group of the attribute, of which there are ten kinds |
| ACL, SHR | roles and recipients of the purpose, in the catalogue |
| SRC | the source of the answer: ten sources |

ACL, SHR, CAT and TTL are declared once for all answers of a kind; that is where Candor keeps them.
Metadata is asked and changed by PUR and USR. What is changed is DEC, of all answers that match.
"""
