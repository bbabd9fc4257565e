"""A database of the first release comes to this one: rows stay, sessions end, triggers stand."""

from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from semai_kit import append_only
from semai_kit.models import Account, Agency, AgencyName, FiscalYear
from semai_kit.stages import statuses
from semai_kit.testing import KitThreadsTestCase

FIRST_RELEASE = ("semai_kit", "0002_append_only")


class UpgradeTests(KitThreadsTestCase):
    def tearDown(self) -> None:
        self.migrate(*MigrationExecutor(connection).loader.graph.leaf_nodes("semai_kit"))
        super().tearDown()

    def migrate(self, *targets: tuple[str, str]) -> None:
        MigrationExecutor(connection).migrate(list(targets))

    def test_a_database_of_the_first_release_comes_forward_with_its_rows(self) -> None:
        self.migrate(FIRST_RELEASE)
        old = MigrationExecutor(connection).loader.project_state([FIRST_RELEASE]).apps
        old.get_model("semai_kit", "Account").objects.create(username="lama", full_name="Akun Lama", password="x")
        old.get_model("semai_kit", "Agency").objects.filter(code="1.01").update(name="Dinas Lama")
        call_command("semai_migrate", verbosity=0)
        account = Account.objects.get(username="lama")
        assert (account.email, account.wants_mail, account.is_usable) == ("", True, True)
        agency = Agency.objects.get(code="1.01")
        assert agency.name == "Dinas Pendidikan"
        assert AgencyName.objects.filter(agency=agency).exists()
        assert set(statuses(FiscalYear.objects.get()).values()) == {"open"}
        assert append_only.missing(connection) == []
        assert not [model for model in apps.get_app_config("semai_kit").get_models() if not _there(model)]

    def test_models_and_migrations_agree(self) -> None:
        call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def _there(model: type) -> bool:
    return model._meta.db_table in connection.introspection.table_names()
