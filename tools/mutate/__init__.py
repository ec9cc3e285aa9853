"""Mutation testing: one small change of the firmware at a time, and the question whether a test sees it."""
