"""Many regions at once: each planned in a process of its own, and not made again while its inputs are the same."""
