"""Fixtures of the tests with a window."""

from tests.gui.fixtures import *  # noqa: F403
