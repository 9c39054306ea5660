"""Whole rulebooks at work: the examples, the catalogue of situations, steps that follow each other."""
