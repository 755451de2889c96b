"""Your rights: each with one button, what runs with its clock, and the pages behind links."""
