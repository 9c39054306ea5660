"""Everything that talks to something: HTTP, databases, clocks, files."""

__version__ = "0.1.0"
