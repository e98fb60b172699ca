"""Make ``.venv`` in the checkout and install the project into it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from winit_boot import display, stamp, system_libraries
from winit_boot.lock import InstallLock
from winit_boot.messages import Stop, apt_line, command_line, listed, say


def install(root: Path, extra: str | None, missing: Sequence[str], retry: str) -> None:
    """Bring ``.venv`` to what ``pyproject.toml`` asks for.

    Parameters
    ----------
    root
        The checkout.
    extra
        The extra of ``pyproject.toml`` that is wanted too.
    missing
        The packages this Python lacks, for the message.
    retry
        The command the user typed, for the messages.

    Raises
    ------
    Stop
        With the text for the user, when it cannot be done.
    """
    folder = stamp.venv_folder(root)
    say(
        f"winit needs {listed(missing)} in versions that this Python ({sys.executable}) does not "
        f"have. Installing them once into {folder} (some hundred megabytes); the Python of this "
        "computer is left as it is."
    )
    lock = InstallLock(
        root / ".venv.lock",
        on_wait=lambda: say("Another start of winit is installing just now; waiting for it."),
    )
    try:
        with lock:
            if stamp.is_complete(root, extra):
                return
            _install_locked(root, extra, lock, retry)
    except OSError as error:
        by_hand = command_line(["python3", "-m", "pip", "install", str(root)])
        raise Stop(
            f"winit cannot write its environment {folder}: {error.strerror or error}. Copy the "
            "checkout into a folder of your own and start it there, or install the packages into "
            f"an environment of your own: {by_hand}"
        ) from None


def _install_locked(root: Path, extra: str | None, lock: InstallLock, retry: str) -> None:
    fresh = lock.unfinished or not _is_usable(root)
    if fresh:
        _check_venv_module()
    extras = set() if fresh else set(stamp.installed_extras(root))
    if extra is not None:
        extras.add(extra)
    lock.unfinished = True
    if fresh:
        _make_venv(root, lock, retry)
    _pip_install(root, sorted(extras), lock, retry)
    stamp.write(root, frozenset(extras))
    lock.unfinished = False


def _is_usable(root: Path) -> bool:
    """Return whether there is a ``.venv`` whose Python starts, is new enough and has pip."""
    probe = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    try:
        return _silent([str(stamp.venv_python(root)), "-c", probe]) == 0
    except OSError:
        return False


def _silent(command: Sequence[str]) -> int:
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ).returncode


def _run(command: Sequence[str], lock: InstallLock) -> int:
    """Run a command in sight of the user, on standard error; return its exit code."""
    # PIP_USER would send the packages out of .venv.
    environ = {**os.environ, "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    if sys.platform == "win32":
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=sys.stderr, env=environ
        ).returncode
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        env=environ,
        # Ctrl+C reaches us only, not a child that would answer with its traceback.
        start_new_session=True,
        # If we are killed outright, a child that lives on keeps the lock until it ends.
        pass_fds=(lock.descriptor,),
    ) as child:
        try:
            return child.wait()
        except BaseException:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            raise


def _base_python() -> str:
    """Return the Python behind the environment that may be active now."""
    return str(getattr(sys, "_base_executable", None) or sys.executable)


def _check_venv_module() -> None:
    if all(importlib.util.find_spec(name) is not None for name in ("venv", "ensurepip")):
        return
    text = "winit cannot make its environment: this Python comes without the venv module."
    python = os.path.realpath(_base_python())
    if not system_libraries.is_debian() or not python.startswith("/usr/bin/"):
        raise Stop(f"{text} Install it, or start winit with a complete Python 3.11 or newer.")
    # python3-venv serves the Python of the distribution; another one has a package of its own.
    default = os.path.realpath(shutil.which("python3", path="/usr/bin") or "")
    package = "python3-venv" if python == default else f"{os.path.basename(python)}-venv"
    libraries = system_libraries.missing_packages(window=display.uses_x11())
    raise Stop(
        f"{text} Install it with this command, then start again:\n{apt_line([package, *libraries])}"
    )


def _make_venv(root: Path, lock: InstallLock, retry: str) -> None:
    folder = stamp.venv_folder(root)
    code = _run([_base_python(), "-m", "venv", "--clear", str(folder)], lock)
    if code != 0:
        raise Stop(
            f"winit could not make its environment {folder}; the lines above say why. When that "
            f"is put right, start again: {retry}"
        )


def _pip_install(root: Path, extras: Sequence[str], lock: InstallLock, retry: str) -> None:
    target = f"{root}[{','.join(extras)}]" if extras else str(root)
    command = [str(stamp.venv_python(root)), "-m", "pip", "install", "--editable", target]
    code = _run(command, lock)
    if code != 0:
        lock.unfinished = False  # pip gave up in good order; what it downloaded is kept
        raise Stop(
            f"winit could not be installed: pip ended with exit status {code}, and its last lines "
            "above say why. Most often the network or the package index cannot be reached; 'No "
            "matching distribution' means that there is no package for this system (Linux needs "
            "64 bits and glibc 2.34 or newer). When that is put right, start again, which goes on "
            f"where this ended: {retry}\nThe step that failed, to try by hand: "
            f"{command_line(command)}"
        )
