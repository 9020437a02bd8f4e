"""Texts and recordings in, prompts for Asterisk out."""
