"""Applications: what is asked, who asks (kept apart, because it is personal), amounts, documents, rule results."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as lazy
from semai_kit.languages import official
from semai_kit.models import Account, Agency, Attachment, Stateful, Village, WrittenOnce, YearRecord
from semai_kit.money import MoneyField
from semai_kit.roles import Place, allowed_at

from .. import masking, reference


class Application(Stateful, YearRecord):
    """One application. It holds no personal data: lists and public pages never load the applicant's row."""

    WORKFLOW = "semai_e_hibah:data/application_states.yml"

    number = models.CharField(lazy("nomor pendaftaran"), max_length=120, unique=True, editable=False)
    kind_id = models.SlugField(lazy("jenis"), max_length=40)
    title = models.CharField(lazy("judul kegiatan"), max_length=160)
    purpose = models.TextField(lazy("tujuan penggunaan"), max_length=4000)
    village = models.ForeignKey(Village, models.PROTECT, verbose_name=lazy("desa/kelurahan lokasi"))
    asked = MoneyField(lazy("nilai yang diminta"), validators=[MinValueValidator(Decimal(1))])
    recommended = MoneyField(lazy("nilai rekomendasi OPD"), null=True, blank=True, editable=False)
    approved = MoneyField(lazy("nilai yang disetujui"), null=True, blank=True, editable=False)
    agency = models.ForeignKey(
        Agency, models.PROTECT, null=True, blank=True, editable=False, verbose_name=lazy("OPD pelaksana")
    )
    grant_line = models.ForeignKey(
        "GrantLine", models.PROTECT, null=True, blank=True, editable=False, related_name="applications",
        verbose_name=lazy("rekening belanja"),
    )  # fmt: skip
    award_list = models.ForeignKey(
        "AwardList", models.PROTECT, null=True, blank=True, editable=False, related_name="applications",
        verbose_name=lazy("daftar penerima"),
    )  # fmt: skip
    filed_on = models.DateField(lazy("tanggal diajukan"), null=True, blank=True, editable=False)
    state_since = models.DateTimeField(lazy("sejak"), null=True, blank=True, editable=False)
    last_reason = models.TextField(lazy("alasan terakhir"), blank=True, editable=False)
    code_digest = models.CharField(lazy("sidik kode rahasia"), max_length=64, editable=False)
    form_nonce = models.CharField(lazy("tanda formulir"), max_length=64, unique=True, null=True, editable=False)

    class Meta:
        verbose_name = lazy("permohonan")
        verbose_name_plural = lazy("permohonan")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["fiscal_year", "state"]),
            models.Index(fields=["fiscal_year", "agency", "state"]),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("grants:application", args=[self.pk])

    def permission_place(self) -> Place:
        return Place(agency=self.agency)

    def may_view_attachments(self, account: Account) -> bool:
        """Documents show identity cards and bank books, so they open only to those who may see personal data."""
        return allowed_at(account, "person.reveal", self.permission_place())

    @property
    def kind(self) -> reference.Kind:
        return reference.kind(self.kind_id)

    @property
    def considered(self) -> Decimal:
        """The newest figure: approved, else recommended, else asked."""
        known = (self.approved, self.recommended, self.asked)
        return next(amount for amount in known if amount is not None)


class Applicant(models.Model):
    """Who asks. Every field but the name of an organisation is personal and shown masked."""

    application = models.OneToOneField(Application, models.PROTECT, related_name="applicant")
    form_id = models.SlugField(lazy("bentuk"), max_length=40)
    name = models.CharField(lazy("nama pemohon"), max_length=160)
    person_name = models.CharField(lazy("nama penanggung jawab"), max_length=160)
    nik = models.CharField(lazy("NIK"), max_length=16)
    npwp = models.CharField(lazy("NPWP"), max_length=16, blank=True)
    deed_number = models.CharField(lazy("nomor akta atau surat terdaftar"), max_length=60, blank=True)
    registered_on = models.DateField(lazy("tanggal akta atau terdaftar"), null=True, blank=True)
    address = models.CharField(lazy("alamat"), max_length=300)
    phone = models.CharField(lazy("nomor telepon"), max_length=20)
    email = models.EmailField(lazy("surel"), blank=True)
    bank_name = models.CharField(lazy("bank"), max_length=60)
    bank_account = models.CharField(lazy("nomor rekening"), max_length=20)
    bank_holder = models.CharField(lazy("nama pemilik rekening"), max_length=160)
    identity = models.CharField(lazy("kunci pemohon"), max_length=100, db_index=True, editable=False)

    PERSONAL = (
        "name", "person_name", "nik", "npwp", "deed_number", "address", "phone", "email", "bank_account",
        "bank_holder", "identity",
    )  # fmt: skip

    class Meta:
        verbose_name = lazy("pemohon")
        verbose_name_plural = lazy("pemohon")

    def __str__(self) -> str:
        return f"pemohon {self.application_id}"

    @property
    def is_person(self) -> bool:
        return self.form_id == reference.PERSON

    @property
    def form(self) -> reference.LegalForm:
        return reference.legal_form(self.form_id)

    @property
    def public_name(self) -> str:
        """What everyone may read: an organisation by its name, a person masked."""
        return masking.name(self.name) if self.is_person else self.name


class Amount(WrittenOnce):
    """A figure somebody gave. The columns of Application repeat the newest; this is the history."""

    class Stage(models.TextChoices):
        ASKED = "asked", lazy("Diminta pemohon")
        RECOMMENDED = "recommended", lazy("Rekomendasi OPD")
        APPROVED = "approved", lazy("Disetujui TAPD")

    application = models.ForeignKey(Application, models.PROTECT, related_name="amounts")
    stage = models.CharField(lazy("tahap"), max_length=20, choices=Stage.choices)
    amount = MoneyField(lazy("nilai"))
    note = models.TextField(lazy("pertimbangan"), blank=True)
    at = models.DateTimeField(lazy("waktu"), auto_now_add=True)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = lazy("riwayat nilai")
        verbose_name_plural = lazy("riwayat nilai")
        ordering = ["pk"]

    def __str__(self) -> str:
        with official():  # the audit trail keeps it
            return f"{self.get_stage_display()} {self.application_id}"


class Document(models.Model):
    """An uploaded document of one kind; a new upload of the kind supersedes the old one, which stays."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="documents")
    kind_id = models.SlugField(lazy("jenis berkas"), max_length=40)
    attachment = models.OneToOneField(Attachment, models.PROTECT, related_name="+")
    superseded = models.BooleanField(lazy("sudah diganti"), default=False)

    class Meta:
        verbose_name = lazy("berkas permohonan")
        verbose_name_plural = lazy("berkas permohonan")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.kind_id} {self.application_id}"

    @property
    def title(self) -> str:
        return reference.document(self.kind_id).title


class RuleResult(WrittenOnce):
    """What an eligibility rule said at a step, with its text as it was then."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="rule_results")
    step = models.CharField(lazy("langkah"), max_length=40)
    rule_set = models.CharField(lazy("perangkat aturan"), max_length=40)
    rule_id = models.SlugField(lazy("aturan"), max_length=40)
    title = models.CharField(lazy("judul"), max_length=160)
    basis = models.TextField(lazy("dasar hukum"))
    passed = models.BooleanField(lazy("terpenuhi"))
    detail = models.TextField(lazy("keterangan"), blank=True)
    at = models.DateTimeField(lazy("waktu"), auto_now_add=True)

    class Meta:
        verbose_name = lazy("hasil aturan")
        verbose_name_plural = lazy("hasil aturan")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.application_id}"


class Waiver(WrittenOnce):
    """An exception from one rule, with the reason and who allowed it."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="waivers")
    rule_id = models.SlugField(lazy("aturan"), max_length=40)
    reason = models.TextField(lazy("alasan"))
    at = models.DateTimeField(lazy("waktu"), auto_now_add=True)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = lazy("pengecualian aturan")
        verbose_name_plural = lazy("pengecualian aturan")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["application", "rule_id"], name="one_waiver_per_rule")]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.application_id}"
