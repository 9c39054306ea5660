"""The commands of `muster`, one file each. `service.cli` puts them together."""
