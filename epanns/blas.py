"""How many threads numpy multiplies matrices with; for before it is imported."""

from collections.abc import MutableMapping


def use_one_thread(environment: MutableMapping[str, str]) -> None:
    """Let numpy compute with one thread where the user has not said otherwise.

    A single matrix product would wake a pool of threads, which then spin beside the network's and
    wait for each other where the processor has other work.

    Args:
        environment: of the process, os.environ or that of a process to be started.
    """
    for name in ("OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        environment.setdefault(name, "1")
