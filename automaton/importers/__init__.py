"""Files of contacts in, checked rows out."""
