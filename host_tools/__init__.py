"""Ionto's host tools: the library that talks to a device over its serial link, and the `ionto` command."""
