"""What is accepted of accounts, reps, pools, opportunities and activities: one file for each.

One definition for the API, for files and for the demo. A record names what it
changes: a field that is missing stays as it is, an explicit null clears it
(``model_fields_set`` tells the two apart). Identifiers are kept as given.
"""
