"""How fast rulebooks load and decide."""
