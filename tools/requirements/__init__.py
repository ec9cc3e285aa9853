"""Hazards, requirements, the code that fulfils them, the tests that prove them: `python -m tools.requirements`."""
