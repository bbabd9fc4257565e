"""configure: the same release with another configuration; the files of before come back when it does not answer."""

from __future__ import annotations

from . import checks, managed_files
from .activation import Activation
from .errors import Refused
from .transaction import Step


class Configuration(Activation):
    """The runbook of one configuration change: an activation without a new release and without data at stake."""

    def steps(self) -> tuple[Step, ...]:
        return (
            Step("check", self.check),
            Step("resume", self.nothing_yet, undo=self.resume_previous),
            Step("restore-point", self.keep_point, undo=self.drop_point),
            Step("files", self.place_files, undo=self.put_files_back),
            Step("migrate", self.migrate),
            Step("after-install", self.after_install),
            Step("switch", self.switch, undo=self.switch_back),
            Step("restart", self.restart, undo=self.withdraw),
            Step("health", self.gate),
            Step("receipt", self.write_receipt, undo=self.put_receipt_back),
            Step("prune", self.prune),
        )

    @property
    def commit(self) -> str:
        return "health"

    @property
    def changes_data(self) -> bool:
        return False

    def check(self) -> None:
        app, request, serving = self.app, self.request, self.before.serving
        app.host.check()
        checks.not_in_maintenance(app)
        if serving is None or serving.release != request.release or not app.releases.is_prepared(request):
            raise Refused(
                "not-this-release",
                f"{app.name} does not run {request.version} ({request.release[:12]}…), so it cannot be configured",
                hint=f"activate {request.version} first",
            )
        managed_files.check(app.places, request.files)
        checks.port(app, request)

    def nothing_yet(self) -> None:
        """Marks where an undo ends: with the former configuration answering."""
