"""Personal data: found, exported, erased, and kept out once erased."""
