"""The systems that contacts come from:

One file for each kind, and beside it what its events mean, as YAML.
"""
