"""The account-based program: target accounts in tiers, nominations, plans and plays.

`core` decides and does no I/O; the modules beside it read, decide by it and write once.
"""
