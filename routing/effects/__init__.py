"""What a rule does besides giving the contact to somebody: tell people, stamp credit. One file each."""
