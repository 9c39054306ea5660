"""Pools: as people write them, their turns, and what is asked about them."""
