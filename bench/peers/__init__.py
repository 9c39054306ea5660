"""Other matchers that anyone can install, on the same rows as Muster, in one run."""
