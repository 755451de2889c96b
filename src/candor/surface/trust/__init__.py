"""The trust page: what this company does with data, for anybody to read.

Public, without a cookie, the same for everybody who reads one language, so it may be cached for
some minutes. It shows no person: figures are rounded, and small groups are left out.
"""
