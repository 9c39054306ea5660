"""The path of a contact, from what came in to the stored decision: one for one contact and for thousands.

`flow` leads along it: `cases` says whose event it is, `matching` which account it belongs to, `gathering`
what the rules may ask, `routing` who acts (`burst`: what those of one batch see of each other), and
`writing` stores all that follows. `anew` sends a stored contact along it again.
"""
