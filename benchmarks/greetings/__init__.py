"""Greetings of people, machines and screeners, and what is taken for what."""
