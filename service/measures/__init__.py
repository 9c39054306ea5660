"""What the account-based program brought: measures with one definition each, compared, down to the rows.

`core` is pure: the definitions, the spans that are compared, the arithmetic. `answering` asks
the database (`service.db.measures`) and puts both together.
"""
