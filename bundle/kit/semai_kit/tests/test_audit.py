"""The trail: who, before and after, no secrets, no way to change it."""

import pytest
from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from semai_kit import accounts, append_only, attachments, audit, workflow
from semai_kit.models import Account, Agency, FiscalYear, TransitionLog
from semai_kit.testing import PASSWORD, KitTestCase
from semai_kit.tests.garden.models import Plot
from semai_kit.views import audit_trail


class TrailCase(KitTestCase):
    @classmethod
    def make_personas(cls) -> None:
        cls.agency = Agency.objects.get(code="1.01")
        cls.persona("opd", "gardener", agency=cls.agency)
        cls.persona("auditor", "auditor")
        cls.persona("admin", "administrator")

    def plot(self) -> Plot:
        return Plot.objects.create(name="Petak", agency=self.agency, fiscal_year=FiscalYear.objects.get())


class TrailTests(TrailCase):
    def test_change_records_actor_address_before_and_after(self) -> None:
        plot, opd = self.plot(), self.account("opd")
        with audit.acting(opd, "10.1.2.3"):
            plot.name = "Petak Barat"
            plot.save()
        entry = audit.entries(plot).first()
        assert entry.changes == {"name": ["Petak", "Petak Barat"]}
        assert (entry.actor, entry.remote_addr, entry.additional_data["actor"]) == (opd, "10.1.2.3", "opd")

    def test_masked_fields_only_show_that_they_changed(self) -> None:
        auditlog.unregister(Plot)
        audit.register(Plot, masked=("name",))
        try:
            plot = self.plot()
            plot.name = "Petak Rahasia"
            plot.save()
            entry = audit.entries(plot).first()
        finally:
            auditlog.unregister(Plot)
            audit.register(Plot)
        assert entry.changes == {"name": ["••••••", "••••••"]}

    def test_an_opened_attachment_leaves_a_row_and_a_refused_one_none(self) -> None:
        attachment = attachments.attach(
            self.plot(), SimpleUploadedFile("surat.pdf", b"%PDF-1.4 isi"), self.account("opd")
        )
        address = f"/lampiran/{attachment.pk}/"
        assert self.as_("admin").get(address).status_code == 403
        assert self.as_("opd").get(address).status_code == 200
        events = [e.additional_data for e in audit.entries(attachment) if "event" in e.additional_data]
        assert [(row["event"], row["actor"]) for row in events] == [("membuka lampiran", "opd")]

    def test_deletion_records_what_was_there(self) -> None:
        plot = self.plot()
        pk = plot.pk
        plot.delete()
        entry = LogEntry.objects.filter(object_pk=str(pk), content_type__model="plot").first()
        assert entry.action == LogEntry.Action.DELETE
        assert entry.changes["name"][0] == "Petak"

    def test_outside_requests_the_actor_is_the_system(self) -> None:
        entry = audit.entries(self.plot()).first()
        assert entry.actor is None
        assert entry.additional_data["actor"] == "sistem"

    def test_management_command_writes_as_the_system_even_inside_a_request(self) -> None:
        with audit.acting(self.account("opd"), "10.1.2.3"):
            Agency.objects.filter(code="1.03").update(name="x")
            call_command("sync_region", verbosity=0)
        entry = audit.entries(Agency.objects.get(code="1.03")).first()
        assert entry.additional_data["actor"] == "sistem"
        assert entry.actor is None

    def test_nested_actors_are_restored(self) -> None:
        with audit.acting(self.account("opd")):
            with audit.acting(self.account("auditor")):
                pass
            entry = audit.entries(self.plot()).first()
        assert entry.additional_data["actor"] == "opd"

    def test_request_writes_as_the_visitor_from_their_address(self) -> None:
        data = {"name": "Petak web", "agency": self.agency.pk, "cost": "1.500.000"}
        response = self.as_("opd").post("/petak/baru/", data, REMOTE_ADDR="10.9.8.7")
        assert response.status_code == 302
        entry = audit.entries(Plot.objects.get()).first()
        assert (entry.actor.username, entry.remote_addr) == ("opd", "10.9.8.7")
        assert entry.changes["cost"] == ["None", "1500000.00"]

    def test_page_of_a_change_shows_money_and_times_as_people_write_them(self) -> None:
        plot = self.plot()
        with audit.acting(self.account("opd")):
            plot.cost = 1_500_000
            plot.save()
        page = self.as_("auditor").get(f"/audit/{audit.entries(plot).first().pk}/").content.decode()
        assert '<td data-label="Sesudah" class="after">Rp1.500.000</td>' in page

    def test_password_never_appears_in_the_trail(self) -> None:
        account = self.account("opd")
        accounts.change_password(account, PASSWORD, "kata-sandi-baru-sekali")
        accounts.reset_password(None, account)
        stored = Account.objects.get(pk=account.pk).password
        entries = list(audit.entries(account))
        changed = [e.changes["password"] for e in entries if e.changes and "password" in e.changes]
        assert changed
        assert all(set("".join(values)) <= set("•") for values in changed)
        assert not any(stored in str(e.changes) or "md5$" in str(e.changes) for e in entries)

    def test_bulk_created_records_are_recorded_one_by_one(self) -> None:
        year = FiscalYear.objects.get()
        with audit.acting(self.account("opd"), "10.0.0.1"):
            made = audit.bulk_create(
                [Plot(name=f"P{i}", agency=self.agency, fiscal_year=year, state="draf") for i in range(3)]
            )
        for record in made:
            entry = audit.entries(record).get()
            assert (entry.action, entry.actor.username, entry.remote_addr) == (0, "opd", "10.0.0.1")
            assert entry.changes["name"] == ["None", record.name]

    def test_login_logout_and_failure_leave_traces(self) -> None:
        self.client.post("/masuk/", {"username": "opd", "password": "salah"})
        self.client.post("/masuk/", {"username": "opd", "password": PASSWORD})
        self.client.post("/keluar/")
        events = [e.additional_data.get("event") for e in audit.entries(self.account("opd"))]
        assert [e for e in events if e] == ["keluar", "masuk", "gagal masuk"]

    def test_failure_on_an_unknown_name_leaves_no_row(self) -> None:
        before = LogEntry.objects.count()
        self.client.post("/masuk/", {"username": "tidakada", "password": "salah"})
        assert LogEntry.objects.count() == before


class AppendOnlyTests(KitTestCase):
    def refused(self, action) -> None:
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            action()

    def test_audit_rows_cannot_be_changed_or_deleted(self) -> None:
        entry = LogEntry.objects.first()
        before = LogEntry.objects.values().get(pk=entry.pk)
        self.refused(lambda: LogEntry.objects.filter(pk=entry.pk).update(object_repr="x"))
        self.refused(lambda: LogEntry.objects.filter(pk=entry.pk)._raw_delete("default"))
        self.refused(entry.delete)
        entry.object_repr = "x"
        self.refused(entry.save)
        assert LogEntry.objects.values().get(pk=entry.pk) == before

    def test_history_rows_cannot_be_changed_or_deleted(self) -> None:
        plot = Plot.objects.create(name="P", agency=Agency.objects.first(), fiscal_year=FiscalYear.objects.get())
        workflow.transition(plot, "diajukan", None)
        before = list(TransitionLog.objects.values())
        self.refused(lambda: TransitionLog.objects.update(reason="x"))
        self.refused(lambda: TransitionLog.objects.all().delete())
        assert before != []
        assert list(TransitionLog.objects.values()) == before

    def test_flush_command_of_the_library_is_refused(self) -> None:
        rows = LogEntry.objects.count()
        self.refused(lambda: call_command("auditlogflush", "--yes", verbosity=0))
        assert LogEntry.objects.count() == rows > 0

    def test_lost_triggers_are_put_back(self) -> None:
        append_only.remove(connection)
        assert len(append_only.missing(connection)) >= 4
        append_only.install(connection)
        append_only.install(connection)
        assert append_only.missing(connection) == []


class ReaderTests(TrailCase):
    def test_reader_shows_before_and_after_with_names(self) -> None:
        plot = self.plot()
        with audit.acting(self.account("opd"), "10.1.2.3"):
            plot.agency = Agency.objects.get(code="1.02")
            plot.save()
        entry = audit.entries(plot).first()
        page = self.as_("auditor").get(f"/audit/{entry.pk}/").content.decode()
        assert "Dinas Pendidikan" in page
        assert "Dinas Kesehatan" in page
        assert "10.1.2.3" in page

    def test_reader_opens_the_entry_of_an_attachment(self) -> None:
        upload = SimpleUploadedFile("surat.pdf", b"%PDF-1.4 isi")
        attachment = attachments.attach(self.plot(), upload, self.account("opd"))
        entry = audit.entries(attachment).first()
        answer = self.as_("auditor").get(f"/audit/{entry.pk}/")
        assert answer.status_code == 200
        assert "surat.pdf" in answer.content.decode()

    def test_reader_filters_by_who_model_and_record(self) -> None:
        with audit.acting(self.account("opd")):
            self.plot()
        client = self.as_("auditor")
        assert "Petak" in client.get("/audit/", {"who": "opd"}).content.decode()
        empty = client.get("/audit/", {"who": "nobody"}).content.decode()
        assert "Tidak ada catatan yang cocok" in empty
        kind = audit.entries(Plot.objects.get()).first().content_type_id
        listed = client.get("/audit/", {"model": kind, "record": "petak"}).content.decode()
        assert "1 baris" in listed

    def test_only_auditor_and_administrator_read_it(self) -> None:
        assert self.as_("auditor").get("/audit/").status_code == 200
        assert self.as_("admin").get("/audit/").status_code == 200
        assert self.as_("opd").get("/audit/").status_code == 403

    def test_reading_costs_a_bounded_number_of_queries(self) -> None:
        for i in range(60):
            Plot.objects.create(name=f"P{i}", agency=self.agency, fiscal_year=FiscalYear.objects.get())
        client = self.as_("auditor")
        client.get("/audit/")
        with self.assertNumQueries(8):
            client.get("/audit/")


class ReadableTests(TrailCase):
    def test_stored_values_read_as_people_write_them(self) -> None:
        cases = [
            (TransitionLog, "at", "2026-11-21 22:13:05.341116", "22 November 2026 06.13.05"),
            (Account, "is_active", "False", "Tidak"),
            (Account, "expires_on", "2026-12-31", "31 Desember 2026"),
            (Plot, "cost", "1500000.50", "Rp1.500.000,50"),
            (FiscalYear, "year", "2027", "2027"),
            (Plot, "state", "diajukan", "Diajukan"),
            (Plot, "state", "hilang", "hilang"),
            (TransitionLog, "at", "kemarin", "kemarin"),
            (Plot, "cost", "banyak", "banyak"),
        ]
        for model, name, stored, shown in cases:
            with self.subTest(field=name, stored=stored):
                assert audit_trail.readable(model._meta.get_field(name), stored) == shown
