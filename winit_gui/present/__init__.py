"""Giving a lesson: the stage that shows a step, the audience's screen, the presenter's notes."""
