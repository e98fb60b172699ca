"""Lessons: what a file of steps says, how it is read, checked, measured and exported."""
