"""What is: pupils, roads, barriers, access, and what the law finds in them."""
