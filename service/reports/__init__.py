"""Reports: what they count, over which time, in which groups. One file per report."""
