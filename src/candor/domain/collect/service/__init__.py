"""The verbs of the door.

`take` reads requests and commits them in groups; `fold` counts what was committed, exactly
once; `read` shows counters, samples, and what somebody did.
"""
