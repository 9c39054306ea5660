"""What the program decides, pure: quarters, tiers, criteria, verdicts, plans. The clock is an argument."""
