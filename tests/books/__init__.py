"""Whole rulebooks at work: examples, the catalogue of situations, steps, contacts that come together."""
