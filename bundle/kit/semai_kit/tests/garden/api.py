from django.http import HttpRequest
from ninja import NinjaAPI

from semai_kit import audit
from semai_kit.contracts import ContractToken
from semai_kit.tests.garden.models import Plot
from semai_kit.tokens import Token

api = NinjaAPI(title="Garden", version="1.0", docs_url=None, openapi_url=None)


@api.get("/garden.plots/1.0/plots", auth=ContractToken("garden.plots"))
def plots(request: HttpRequest) -> dict[str, list[str]]:
    return {"plots": []}


@api.get("/plots", auth=Token("plots.read"))
def read_plots(request: HttpRequest) -> dict[str, list[str]]:
    return {"plots": list(Plot.objects.values_list("name", flat=True))}


@api.post("/plots/{pk}/visit", auth=Token("plots.read"))
def visit(request: HttpRequest, pk: int) -> dict[str, bool]:
    audit.note(Plot.objects.get(pk=pk), "dikunjungi")
    return {"kept": True}
