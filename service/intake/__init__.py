"""What other systems send us: verified, read, mapped and kept. One file for each kind of source."""
