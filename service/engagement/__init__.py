"""Signals of intent and engagement: taken in, matched to accounts, counted, and what they activate.

`core` decides and does no I/O; the modules beside it read, decide by it and write once.
"""
