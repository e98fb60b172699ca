"""Who computes the cases of a sweep: the processes of this machine, or a Dask cluster."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, CancelledError, ProcessPoolExecutor
from dataclasses import dataclass
from enum import Enum

from winit_core.sweep import Executor, identity
from winit_core.translation import tr

CONNECT_SECONDS = 10.0
_AHEAD = 2  # packets of cases per process, under way or waiting there

LOST = (BrokenExecutor, CancelledError)
"""What a future raises when the one who computed it is gone."""


class ClusterProblem(Enum):
    """Why a cluster cannot be used."""

    NOT_INSTALLED = "not_installed"
    NO_ANSWER = "no_answer"
    NO_WORKERS = "no_workers"
    OTHER_VERSION = "other_version"


class ClusterError(Exception):
    """A cluster that cannot be used.

    Parameters
    ----------
    problem
        Why.
    address
        Of its scheduler.
    detail
        What it says.
    """

    def __init__(self, problem: ClusterProblem, address: str, detail: str = "") -> None:
        self.problem = problem
        self.address = address
        self.detail = detail
        super().__init__(f"{problem.value}: {address} {detail}".rstrip())


@dataclass(frozen=True)
class Computers:
    """An executor, and how many packets to give it at a time; None: this process itself."""

    executor: Executor | None
    ahead: int
    workers: int


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextlib.contextmanager
def this_machine(workers: int | None = None) -> Iterator[Computers]:
    """Provide a process per core.

    Processes, since small nets spend half of their time in the interpreter: two threads were no
    faster than one, two processes 1.8 times.
    """
    count = workers or cores()
    if count == 1:
        yield Computers(None, 1, 1)
        return
    # Not forked: a copy of a process with threads can hang.
    context = multiprocessing.get_context("spawn")
    try:
        pool = ProcessPoolExecutor(count, context, initializer=_end_with_parent)
    except (NotImplementedError, OSError):  # no semaphores, as in a container without /dev/shm
        yield Computers(None, 1, 1)
        return
    try:
        yield Computers(pool, count * _AHEAD, count)
    finally:
        pool.shutdown(cancel_futures=True)


def _end_with_parent() -> None:
    """End this process when the one that started it is killed: no signal would tell it."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextlib.contextmanager
def cluster(address: str, timeout: float = CONNECT_SECONDS) -> Iterator[Computers]:
    """Connect to the Dask scheduler at an address, such as ``tcp://10.0.0.1:8786``.

    Raises
    ------
    ClusterError
        If that is not possible, or if its workers would compute other numbers.
    """
    try:
        import distributed
    except ImportError as error:
        raise ClusterError(ClusterProblem.NOT_INSTALLED, address, str(error)) from None
    # It reports by itself, at length and later, what is reported here.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        _knock(address, timeout)
        client = distributed.Client(address, timeout=timeout, set_as_default=False)
    except (OSError, TimeoutError, ValueError, TypeError, ImportError) as error:
        raise ClusterError(ClusterProblem.NO_ANSWER, address, str(error)) from None
    try:
        try:
            client.wait_for_workers(1, timeout=timeout)
        except TimeoutError:
            raise ClusterError(ClusterProblem.NO_WORKERS, address) from None
        _check_versions(client, address)
        workers = sum(client.ncores().values())
        yield Computers(client.get_executor(pure=False), workers * _AHEAD, workers)
    finally:
        with contextlib.suppress(Exception):  # a scheduler that is gone cannot be left in peace
            client.close(timeout=2)


def _knock(address: str, timeout: float) -> None:
    """Raise OSError or ValueError unless somebody listens; a client that fails is never quiet."""
    from distributed.comm import get_address_host_port

    if "://" in address and not address.startswith(("tcp://", "tls://")):
        return
    host, port = get_address_host_port(address, strict=True)
    socket.create_connection((host, port), timeout=timeout).close()


def _check_versions(client: object, address: str) -> None:
    here = identity()
    try:
        said = set(client.run(identity).values())  # type: ignore[attr-defined]
    except Exception as error:  # e.g. a worker without this package
        detail = f"{type(error).__name__}: {error}"
        raise ClusterError(ClusterProblem.OTHER_VERSION, address, detail) from None
    if said != {here}:
        others = ", ".join(sorted(map(str, said - {here})))
        detail = tr("{others}; here {here}", others=others, here=here)
        raise ClusterError(ClusterProblem.OTHER_VERSION, address, detail)
