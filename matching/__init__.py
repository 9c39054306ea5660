"""Which account a contact belongs to, how sure that is, and on what evidence. Pure.

The stages in order: normalize (names, domains, text, words, legal_forms) ->
keys -> candidates found by `index` or by the database -> compare -> features
-> scoring -> decide. `explain` puts a result in words.
"""
