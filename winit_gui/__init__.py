"""The window of winit: controls, panels and words around `winit_core`."""
