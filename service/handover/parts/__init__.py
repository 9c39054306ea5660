"""What passes on in a hand-over, one file for each kind of thing."""
