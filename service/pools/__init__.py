"""Pools: as people write them in files, their turns, and what is asked or said about them."""
