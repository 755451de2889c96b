"""What a company's own pages load from Candor: the script, the banner, the preference widget.

Nothing here sets or reads a cookie. Who may read an answer is said by the catalogue: the origins
of a source. The demo's shop lives here too, because it is nothing but a page that uses them.
"""
