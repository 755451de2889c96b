"""What people and machines meet: the only place that knows the web framework.

`intake` the door for events, `api` for operators and machines, `portal` for customers, `console`
for staff. Surfaces do not know each other.
"""
