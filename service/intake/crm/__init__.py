"""Getting records from a CRM, for events that only name them. One file for each CRM."""
