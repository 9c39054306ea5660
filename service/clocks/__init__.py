"""What happens with the clocks of assignments: work is noted, they pause, they run out."""
