"""What works on this computer, and what to do about what does not: python -m epanns doctor.

Each check is a function that returns Findings. It runs in a process of its own under a time limit,
so that nothing it touches (a sound system, a display, a server, a disk) can hang or crash the
doctor; see examination.py for the list. Only the standard library is needed to run them.
"""
