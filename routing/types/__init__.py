"""The values that flow through routing: facts in, claims judged, decision out."""
