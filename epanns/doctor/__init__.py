"""Checks of this computer, with what to do about each fault: python -m epanns doctor.

Each check is a function that returns a list of CheckResult. It runs in a process of its own under a
time limit, so that nothing it uses (a sound system, a display, a server, a disk) can hang or crash
the doctor; see runner.py for the list. Only the standard library is needed to run them.
"""
