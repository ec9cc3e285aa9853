"""Tests of the whole firmware on a rig."""
