"""Applications: what is asked, who asks (kept apart, because it is personal), amounts, documents, rule results."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.urls import reverse
from semai_kit.models import Account, Agency, Attachment, Stateful, Village, WrittenOnce, YearRecord
from semai_kit.money import MoneyField
from semai_kit.roles import Place, allowed_at

from .. import masking, reference


class Application(Stateful, YearRecord):
    """One application. It holds no personal data: lists and public pages never load the applicant's row."""

    WORKFLOW = "semai_e_hibah:data/application_states.yml"

    number = models.CharField("nomor pendaftaran", max_length=120, unique=True, editable=False)
    kind_id = models.SlugField("jenis", max_length=40)
    title = models.CharField("judul kegiatan", max_length=160)
    purpose = models.TextField("tujuan penggunaan", max_length=4000)
    village = models.ForeignKey(Village, models.PROTECT, verbose_name="desa/kelurahan lokasi")
    asked = MoneyField("nilai yang diminta", validators=[MinValueValidator(Decimal(1))])
    recommended = MoneyField("nilai rekomendasi OPD", null=True, blank=True, editable=False)
    approved = MoneyField("nilai yang disetujui", null=True, blank=True, editable=False)
    agency = models.ForeignKey(
        Agency, models.PROTECT, null=True, blank=True, editable=False, verbose_name="OPD pelaksana"
    )
    grant_line = models.ForeignKey(
        "GrantLine", models.PROTECT, null=True, blank=True, editable=False, related_name="applications",
        verbose_name="rekening belanja",
    )  # fmt: skip
    award_list = models.ForeignKey(
        "AwardList", models.PROTECT, null=True, blank=True, editable=False, related_name="applications",
        verbose_name="daftar penerima",
    )  # fmt: skip
    filed_on = models.DateField("tanggal diajukan", null=True, blank=True, editable=False)
    state_since = models.DateTimeField("sejak", null=True, blank=True, editable=False)
    last_reason = models.TextField("alasan terakhir", blank=True, editable=False)
    code_digest = models.CharField("sidik kode rahasia", max_length=64, editable=False)
    form_nonce = models.CharField("tanda formulir", max_length=64, unique=True, null=True, editable=False)

    class Meta:
        verbose_name = "permohonan"
        verbose_name_plural = "permohonan"
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
    form_id = models.SlugField("bentuk", max_length=40)
    name = models.CharField("nama pemohon", max_length=160)
    person_name = models.CharField("nama penanggung jawab", max_length=160)
    nik = models.CharField("NIK", max_length=16)
    npwp = models.CharField("NPWP", max_length=16, blank=True)
    deed_number = models.CharField("nomor akta atau surat terdaftar", max_length=60, blank=True)
    registered_on = models.DateField("tanggal akta atau terdaftar", null=True, blank=True)
    address = models.CharField("alamat", max_length=300)
    phone = models.CharField("nomor telepon", max_length=20)
    email = models.EmailField("surel", blank=True)
    bank_name = models.CharField("bank", max_length=60)
    bank_account = models.CharField("nomor rekening", max_length=20)
    bank_holder = models.CharField("nama pemilik rekening", max_length=160)
    identity = models.CharField("kunci pemohon", max_length=100, db_index=True, editable=False)

    PERSONAL = (
        "name", "person_name", "nik", "npwp", "deed_number", "address", "phone", "email", "bank_account",
        "bank_holder", "identity",
    )  # fmt: skip

    class Meta:
        verbose_name = "pemohon"
        verbose_name_plural = "pemohon"

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
        ASKED = "asked", "Diminta pemohon"
        RECOMMENDED = "recommended", "Rekomendasi OPD"
        APPROVED = "approved", "Disetujui TAPD"

    application = models.ForeignKey(Application, models.PROTECT, related_name="amounts")
    stage = models.CharField("tahap", max_length=20, choices=Stage.choices)
    amount = MoneyField("nilai")
    note = models.TextField("pertimbangan", blank=True)
    at = models.DateTimeField("waktu", auto_now_add=True)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = "riwayat nilai"
        verbose_name_plural = "riwayat nilai"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_stage_display()} {self.application_id}"


class Document(models.Model):
    """An uploaded document of one kind; a new upload of the kind supersedes the old one, which stays."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="documents")
    kind_id = models.SlugField("jenis berkas", max_length=40)
    attachment = models.OneToOneField(Attachment, models.PROTECT, related_name="+")
    superseded = models.BooleanField("sudah diganti", default=False)

    class Meta:
        verbose_name = "berkas permohonan"
        verbose_name_plural = "berkas permohonan"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.kind_id} {self.application_id}"

    @property
    def title(self) -> str:
        return reference.document(self.kind_id).title


class RuleResult(WrittenOnce):
    """What an eligibility rule said at a step, with its text as it was then."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="rule_results")
    step = models.CharField("langkah", max_length=40)
    rule_set = models.CharField("perangkat aturan", max_length=40)
    rule_id = models.SlugField("aturan", max_length=40)
    title = models.CharField("judul", max_length=160)
    basis = models.TextField("dasar hukum")
    passed = models.BooleanField("terpenuhi")
    detail = models.TextField("keterangan", blank=True)
    at = models.DateTimeField("waktu", auto_now_add=True)

    class Meta:
        verbose_name = "hasil aturan"
        verbose_name_plural = "hasil aturan"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.application_id}"


class Waiver(WrittenOnce):
    """An exception from one rule, with the reason and who allowed it."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="waivers")
    rule_id = models.SlugField("aturan", max_length=40)
    reason = models.TextField("alasan")
    at = models.DateTimeField("waktu", auto_now_add=True)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "pengecualian aturan"
        verbose_name_plural = "pengecualian aturan"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["application", "rule_id"], name="one_waiver_per_rule")]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.application_id}"
