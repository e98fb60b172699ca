"""How fast winit is, as ratios that one run measured: ``python -m benchmarks``."""
