"""Parts of docs/ made from tables of the code: faults.md, schemas, parts of link.md and faults-matrix.md.

`make docs` writes them; tests/test_pages.py compares.
"""
