"""What people do to keep accounts, answers and the matching policy right, and what then follows.

`hygiene` says what is wrong with the accounts, `reviews` settles uncertain matches, whose answers are kept
(`memory`) and can refit the policy (`tuning`, `policy_slips`); `rematch` and `rekeying` carry a change to
what is stored already.
"""
