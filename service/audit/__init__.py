"""Who changed what, in a chain that shows when it is tampered with."""
