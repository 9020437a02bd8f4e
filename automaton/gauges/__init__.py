"""What those who watch may read: the only room that knows prometheus_client.

Figures of the engine and of the database come in; a page of text goes out, at a small
door on the loop. No name, no number, no id of a call or a person is ever a label.
"""
