"""What other systems send us: verified, read, and mapped to contacts. One file for each kind of source."""
