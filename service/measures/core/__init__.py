"""The pure part of measures: no clock, no database."""
