"""The small windows: keyboard, about."""
