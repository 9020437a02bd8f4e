"""Asterisk, the program and the link to it: the only room that knows AMI."""
