"""Files of accounts, reps, opportunities, activities and contacts: read, recognised, stored in chunks."""
