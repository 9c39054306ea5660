"""The path of a contact, from what came in to the stored decision: one for one contact and for thousands.

`flow` reads, has `matching` and `routing` decide (`cases` says whose event it is, `burst` what those of
one batch see of each other), and `writing` stores all that follows; `anew` sends a stored contact again.
"""
