"""Access and portability: one archive of everything that is kept about a person.

Nothing of it lies about: `preparing` makes sure that it can be made and counts what is in it; it is
made anew each time that somebody downloads it (`downloading`), as it is streamed (`archive`).
"""
