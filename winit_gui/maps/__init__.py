"""Maps over many experiments: widgets that draw the frozen results of `winit_core.maps`.

They know neither the store nor the window: `show` takes a result, signals say what was chosen.
"""
