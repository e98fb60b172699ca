"""Many experiments at once: maps over schemes, activations, depth, width, σ and seeds.

Every engine is a generator of ever better frozen results: coarse first, complete at last. It stops
with `SimulationStopped` when it is told to.
"""
