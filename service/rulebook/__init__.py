"""The life of a rulebook: examined, approved, published, live; tried on the past, watched, in the shadow."""
