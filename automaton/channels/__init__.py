"""Ways to reach somebody, one file each: orders in, facts out.

`channel` says what a channel is, `voice` is ours, `choice` finds those that the trunks
name, `switchboard` makes one telephone of several.
"""
