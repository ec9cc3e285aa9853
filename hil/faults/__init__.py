"""Faults to inject into the simulated board, and the matrix of what follows from each: docs/faults-matrix.md."""
