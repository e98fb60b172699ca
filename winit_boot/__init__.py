"""What runs before anything is installed.

Everything here imports the standard library only, so that ``main.py`` and
``python3 -m tests`` start on a bare Python and say in words what is missing.
"""
