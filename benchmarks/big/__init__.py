"""How the cost grows: half a million homes, millions of calls on record."""
