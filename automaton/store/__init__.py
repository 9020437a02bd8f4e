"""The only room that knows the database: rows in, our own objects out."""
