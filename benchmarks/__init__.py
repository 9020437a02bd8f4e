"""Measured, not claimed: what the product does on this machine."""
