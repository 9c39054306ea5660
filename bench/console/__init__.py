"""How quickly the console's pages come, and how large they are, over a grown database."""
