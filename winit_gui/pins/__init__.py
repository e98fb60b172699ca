"""Pinned experiments: kept as a reference, drawn as ghosts behind what is shown now."""
