"""A real fault in the host tool's own process, at one named point of its journal: a SIGKILL or a disk that is full.

Points: `begun` (the journal says the step began, nothing of it is done), `acted` (the step is done, the journal
does not know), `undone` (the step is taken back, the journal does not know), `turned` (the journal says undo,
nothing is taken back) and `closing` (all is done but the journal's end). `filled` is `begun` without the kill:
from there on the disk of the root has no byte left.
"""

import errno
import os
import signal

FILLER = "filler"


def arm(journal_class, point, step):
    """Wrap the journal's words so that the fault comes at the chosen one."""

    def wrap(method, when, before, strike=lambda journal: os.kill(os.getpid(), signal.SIGKILL)):
        original = getattr(journal_class, method)

        def deadly(self, *arguments):
            fatal = point == when and (not arguments or step in ("any", arguments[0]))
            if fatal and before:
                strike(self)
            original(self, *arguments)
            if fatal and not before:
                strike(self)

        setattr(journal_class, method, deadly)

    wrap("begin", "begun", before=False)
    wrap("begin", "filled", before=False, strike=lambda journal: fill(journal.path.parent.parent))
    wrap("done", "acted", before=True)
    wrap("turn", "turned", before=False)
    wrap("undone", "undone", before=True)
    wrap("close", "closing", before=True)


def fill(folder):
    """Take every byte that is free on the file system of `folder`."""
    descriptor = os.open(os.path.join(folder, FILLER), os.O_WRONLY | os.O_CREAT, 0o600)
    size = 0
    try:
        while True:
            figures = os.statvfs(folder)
            free = figures.f_bavail * figures.f_frsize
            if not free:
                return
            os.posix_fallocate(descriptor, size, free)
            size += free
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
    finally:
        os.close(descriptor)
