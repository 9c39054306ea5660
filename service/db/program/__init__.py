"""The account-based program between rows and values: one module for each thing that is stored."""
