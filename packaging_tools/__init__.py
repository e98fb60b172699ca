"""How the executable is made, wrapped up and tried: ``python3 -m packaging_tools --help``."""
