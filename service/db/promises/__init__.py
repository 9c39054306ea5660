"""What is promised of the stored state: statements that find the rows which break it, for the doctor."""
