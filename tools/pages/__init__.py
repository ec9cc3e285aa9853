"""Parts of docs/ that are made from the code's own tables: docs/faults.md, and the examples in docs/link.md.

`make docs` writes them; tests/test_pages.py compares.
"""
