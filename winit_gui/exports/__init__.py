"""Taking along: numbers, pictures and reports in the forms that people use."""
