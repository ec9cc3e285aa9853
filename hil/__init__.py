"""Rigs, the simulated board and the person. Nothing imports this package but tests, the bench and the demo."""
