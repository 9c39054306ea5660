"""Rows of signals, of what they add up to, and of activations."""
