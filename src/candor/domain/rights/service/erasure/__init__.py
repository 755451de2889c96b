"""Erasing somebody: unreadable at once, gone soon, looked for, and proved.

`destroying` does in one transaction what cannot wait; `purging` takes the rows away; `scanning`
looks for what is left, knowing nothing of the holders; `certifying` signs what was done; `deep`
looks through every row at night and then forgets the words that it looked for. `plan` says in
which order.
"""
