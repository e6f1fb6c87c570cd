"""What is owed, as data."""
