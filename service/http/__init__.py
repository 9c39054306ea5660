"""What every request to the API or the console meets, before its resource or page and after."""
