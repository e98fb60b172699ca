"""What is drawn: one file a panel, and the verdict cards."""
