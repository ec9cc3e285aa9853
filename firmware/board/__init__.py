"""Ionto-1: pins and parts. The only package that imports `machine`."""
