"""Tests that need the emulated chip, and what they share."""
