"""What stands behind each requirement of OWASP ASVS 5.0: a table made from the tests.

`python -m tools.asvs` writes docs/reference/asvs.md. Evidence is a test that says so itself
(`@pytest.mark.asvs("6.2.1")`); everything else is judged by a person in `judged.toml`, with a
sentence: shown by `design` (how it is built, and where), `manual` (somebody must look, and at
what), `missing` (not done, or not wholly), `outside` (there is nothing here that it could be
about). A requirement of level 1 or 2 without either fails the tests: silence is no answer.

`requirements.csv` holds id, level, chapter and a paraphrase of ours; the wording that counts is
OWASP's.
"""
