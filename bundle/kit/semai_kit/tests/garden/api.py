from django.http import HttpRequest
from ninja import NinjaAPI

from semai_kit.contracts import ContractToken

api = NinjaAPI(title="Garden", version="1.0", docs_url=None, openapi_url=None)


@api.get("/garden.plots/1.0/plots", auth=ContractToken("garden.plots"))
def plots(request: HttpRequest) -> dict[str, list[str]]:
    return {"plots": []}
