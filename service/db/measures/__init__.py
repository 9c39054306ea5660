"""What measures are made of, added up by the database; and the rates of currencies."""
