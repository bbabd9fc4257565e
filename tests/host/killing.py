"""A real SIGKILL of the host tool, by itself, at one named point of its journal.

Points: `begun` (the journal says the step began, nothing of it is done), `acted` (the step is done, the journal
does not know), `undone` (the step is taken back, the journal does not know), `turned` (the journal says undo,
nothing is taken back) and `closing` (all is done but the journal's end).
"""

import os
import signal


def arm(journal_class, point, step):
    """Wrap the journal's words so that the process dies at the chosen one."""

    def wrap(method, when, before):
        original = getattr(journal_class, method)

        def deadly(self, *arguments):
            fatal = point == when and (not arguments or step in ("any", arguments[0]))
            if fatal and before:
                os.kill(os.getpid(), signal.SIGKILL)
            original(self, *arguments)
            if fatal:
                os.kill(os.getpid(), signal.SIGKILL)

        setattr(journal_class, method, deadly)

    wrap("begin", "begun", before=False)
    wrap("done", "acted", before=True)
    wrap("turn", "turned", before=False)
    wrap("undone", "undone", before=True)
    wrap("close", "closing", before=True)
