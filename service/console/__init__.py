"""The ops console: pages for the people who answer for the rules."""
