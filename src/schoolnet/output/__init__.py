"""What people see: maps, workbooks, layers, and the record of how they were made."""
