"""Rings a whole town: automatic alert calls for local authorities, on Asterisk."""

__version__ = "0.1.0"
