"""Raised by a scenario that cannot run on this machine; its text says what was not tested."""


class Skip(Exception):
    pass
