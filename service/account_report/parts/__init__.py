"""The parts of a 360 report, each from its readings: a section, or why there is none."""
