from django.db import models
from django.urls import reverse

from semai_kit import roles
from semai_kit.models import Account, Agency, Stateful, Village, YearRecord
from semai_kit.money import MoneyField
from semai_kit.roles import Place


class Plot(YearRecord, Stateful):
    WORKFLOW = "semai_kit.tests.garden:data/plot.yml"

    name = models.CharField("nama petak", max_length=100)
    agency = models.ForeignKey(Agency, models.PROTECT, verbose_name="OPD")
    village = models.ForeignKey(Village, models.PROTECT, null=True, blank=True, verbose_name="desa")
    cost = MoneyField("biaya", default=0)

    class Meta:
        ordering = ["pk"]
        verbose_name = "petak"
        verbose_name_plural = "petak"

    def __str__(self) -> str:
        return self.name

    def permission_place(self) -> Place:
        return Place(agency=self.agency, village=self.village)

    def may_view_attachments(self, account: Account) -> bool:
        return roles.allowed_at(account, "plot.view", self.permission_place())

    def get_absolute_url(self) -> str:
        return reverse("plot", args=[self.pk])
