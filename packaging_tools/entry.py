"""Where the packaged program starts. Its Python is its own, so there is no environment to make."""

import multiprocessing
import os
import sys


def give_back_the_library_path() -> None:
    """Undo for the programs we start what PyInstaller's loader did for us.

    It puts the bundled libraries before the system's. This process has read that when it
    started; a browser or a file manager must not, it would find libraries of another system.
    The processes of a sweep need it: they are told to begin as if nothing had been done yet.
    """
    os.environ["PYINSTALLER_RESET_ENVIRONMENT"] = "1"
    before = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
    if before is not None:
        os.environ["LD_LIBRARY_PATH"] = before
    elif sys.platform == "linux":
        os.environ.pop("LD_LIBRARY_PATH", None)


if __name__ == "__main__":
    # The processes of --sweep are this same program, started again with other arguments.
    multiprocessing.freeze_support()
    give_back_the_library_path()
    from winit_gui.app import main

    sys.exit(main())
