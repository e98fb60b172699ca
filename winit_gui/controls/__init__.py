"""The side panel and its controls; they read and write the store."""
