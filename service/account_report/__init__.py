"""The 360 report of a strategic account: values first; a page, a PDF and a CSV are made of them."""
