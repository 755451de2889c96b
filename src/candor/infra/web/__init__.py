"""Pages: templates filled with view models, in the reader's language, and the files beside them.

The only place that knows Jinja. It knows nothing of HTTP: surfaces send what it makes.
"""
