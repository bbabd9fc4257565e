"""A real fault in the host tool's own process, at one named point of a run: a SIGKILL or a disk that is full.

Points: `begun` (the journal says the step began, nothing of it is done), `acted` (the step is done, the journal
does not know), `undone` (the step is taken back, the journal does not know), `turned` (the journal says undo,
nothing is taken back) and `closing` (all is done but the journal's end). `told` and `filled` are the moment the run
says that the step begins, which its journal knows by then; with `filled` it is not killed, but the disk of the root
has no byte left from there on.
"""

import errno
import os
import signal

FILLER = "filler"
BLOCK = 4096


def arm(journal_class, point, step):
    """Wrap the journal's words so that the run is killed at the chosen one."""

    def wrap(method, when, before):
        original = getattr(journal_class, method)

        def deadly(self, *arguments):
            fatal = point == when and (not arguments or step in ("any", arguments[0]))
            if fatal and before:
                kill()
            original(self, *arguments)
            if fatal and not before:
                kill()

        setattr(journal_class, method, deadly)

    wrap("begin", "begun", before=False)
    wrap("done", "acted", before=True)
    wrap("turn", "turned", before=False)
    wrap("undone", "undone", before=True)
    wrap("close", "closing", before=True)


def arm_telling(events_class, step, strike, status="begun"):
    """Have `strike` called once, when a run says that it begins the step (or is `undoing` it)."""
    original = events_class.say

    def deadly(self, event, **facts):
        original(self, event, **facts)
        if event == "step" and facts.get("step") == step and facts.get("status") == status:
            events_class.say = original
            strike()

    events_class.say = deadly


def kill():
    os.kill(os.getpid(), signal.SIGKILL)


def fill(folder):
    """Take every byte that is free on the file system of `folder`, also those kept back for root."""
    descriptor = os.open(os.path.join(folder, FILLER), os.O_WRONLY | os.O_CREAT, 0o600)
    size, step = 0, 1 << 30
    try:
        while step >= BLOCK:  # others write meanwhile: what does not fit as a whole is taken in halves
            try:
                os.posix_fallocate(descriptor, size, step)
                size += step
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                step //= 2
    finally:
        os.close(descriptor)
