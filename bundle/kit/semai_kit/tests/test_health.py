"""What /healthz says and when it says 503."""

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from semai_kit.testing import KitTestCase


class HealthTests(KitTestCase):
    def test_healthy_app_names_itself(self) -> None:
        response = self.client.get("/healthz")
        assert response.status_code == 200
        assert response.json() == {
            "app": "garden",
            "release": "2026.11.0",
            "database": "ok",
            "migrations": "current",
            "contracts": {},
            "scan": "off",
        }

    def test_any_host_may_ask_and_no_session_is_touched(self) -> None:
        with self.assertNumQueries(3):
            response = self.client.get("/healthz", HTTP_HOST="10.0.0.1:8101")
        assert response.status_code == 200
        assert not response.cookies

    def test_pending_migration_is_unhealthy(self) -> None:
        MigrationRecorder(connection).record_unapplied("garden", "0001_initial")
        response = self.client.get("/healthz")
        assert (response.status_code, response.json()["migrations"]) == (503, "pending")

    def test_broken_database_is_unhealthy_with_the_same_shape(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE django_migrations RENAME COLUMN app TO gone")
        response = self.client.get("/healthz")
        assert response.status_code == 503
        assert response.json() == {
            "app": "garden",
            "release": "2026.11.0",
            "database": "failed",
            "migrations": "unknown",
            "contracts": {},
            "scan": "off",
        }
