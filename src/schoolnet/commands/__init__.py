"""Arguments -> stages -> files: the commands, and what they share."""
