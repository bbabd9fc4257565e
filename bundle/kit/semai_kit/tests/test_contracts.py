"""Contracts: tokens of the provider, and a consumer that survives a provider that is down."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.test import override_settings

from semai_kit import contracts, health
from semai_kit.contracts import ContractClient, ContractUnavailable
from semai_kit.environment import ConsumedContract, ProvidedContract
from semai_kit.testing import KitTestCase, environment

NAME = "planning.work-plan"


class Provider:
    """A real HTTP server that answers as told and remembers what it was asked."""

    def __init__(self) -> None:
        self.status, self.body, self.etag = 200, json.dumps({"pagu": "1.00"}), '"a"'
        self.asked: list[tuple[str, dict[str, str]]] = []
        provider = self

        class Respond(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.asked.append((self.path, dict(self.headers)))
                same = self.headers.get("If-None-Match") == provider.etag and provider.status == 200
                self.send_response(304 if same else provider.status)
                self.send_header("ETag", provider.etag)
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.end_headers()
                if not same:
                    self.wfile.write(provider.body.encode())

            def log_message(self, *args: object) -> None:
                """Tests stay quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Respond)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/api/planning.work-plan/1.0"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def consuming(url: str):
    wire = ConsumedContract(NAME, "1.0", url, "secret-token", "e-planning")
    return override_settings(SEMAI=environment("garden", consumes={NAME: wire}))


class ConsumerTests(KitTestCase):
    @pytest.fixture(autouse=True)
    def _provider(self) -> Iterator[None]:
        self.provider = Provider()
        yield
        self.provider.stop()

    def get(self):
        with consuming(self.provider.url):
            return ContractClient(NAME).get("/work-plan", {"year": 2027})

    def states(self) -> dict[str, str]:
        with consuming(self.provider.url):
            return contracts.states()

    def test_answer_is_fetched_with_the_token(self) -> None:
        answer = self.get()
        assert (answer.payload, answer.stale) == ({"pagu": "1.00"}, False)
        path, headers = self.provider.asked[0]
        assert path == "/api/planning.work-plan/1.0/work-plan?year=2027"
        assert headers["Authorization"] == "Bearer secret-token"

    def test_unchanged_answer_is_confirmed_without_its_body(self) -> None:
        first, second = self.get(), self.get()
        assert self.provider.asked[1][1]["If-None-Match"] == '"a"'
        assert second.payload == first.payload
        assert second.fetched_at > first.fetched_at
        assert not second.stale

    def test_changed_answer_replaces_the_known_one(self) -> None:
        self.get()
        self.provider.body, self.provider.etag = json.dumps({"pagu": "2.00"}), '"b"'
        assert self.get().payload == {"pagu": "2.00"}

    def test_last_known_answer_is_given_with_its_date_when_the_provider_is_down(self) -> None:
        first = self.get()
        self.provider.stop()
        answer = self.get()
        assert (answer.payload, answer.stale, answer.fetched_at) == (first.payload, True, first.fetched_at)
        assert self.states() == {NAME: "stale"}

    def test_error_status_redirect_and_nonsense_never_replace_a_good_answer(self) -> None:
        self.get()
        for status, body in ((500, "x"), (401, "{}"), (302, ""), (200, "<html>")):
            self.provider.status, self.provider.body, self.provider.etag = status, body, f'"{status}"'
            answer = self.get()
            assert (answer.payload, answer.stale) == ({"pagu": "1.00"}, True)

    def test_recovery_clears_the_stale_mark(self) -> None:
        self.get()
        self.provider.status = 500
        assert self.get().stale
        self.provider.status = 200
        assert not self.get().stale
        assert self.states() == {NAME: "ok"}

    def test_nothing_known_and_down_is_said_plainly(self) -> None:
        self.provider.stop()
        with pytest.raises(ContractUnavailable, match="e-planning belum dapat dihubungi"):
            self.get()
        assert self.states() == {NAME: "down"}
        with consuming(self.provider.url):
            assert ContractClient(NAME).last_known("/work-plan", {"year": 2027}) is None

    def test_unwired_contract_is_said_plainly(self) -> None:
        with pytest.raises(ContractUnavailable, match="belum dihubungkan"):
            ContractClient("other.thing").get("/x")

    def test_different_questions_are_remembered_apart(self) -> None:
        self.get()
        with consuming(self.provider.url):
            ContractClient(NAME).get("/work-plan", {"year": 2028})
            assert ContractClient(NAME).last_known("/work-plan", {"year": 2028}) is not None
            assert ContractClient(NAME).last_known("/work-plan", {"year": 2029}) is None

    def test_provider_that_is_down_never_makes_the_app_unhealthy(self) -> None:
        self.provider.stop()
        with consuming(self.provider.url):
            assert contracts.states() == {NAME: "unused"}
            with pytest.raises(ContractUnavailable):
                ContractClient(NAME).get("/x")
            report = health.report()
        assert report.healthy
        assert report.contracts == {NAME: "down"}


WIRE = ProvidedContract("garden.plots", "1.0", {"e-budgeting": "token-satu", "other": "token-dua"})


@override_settings(SEMAI=environment("garden", provides={"garden.plots": WIRE}))
class ProviderTests(KitTestCase):
    PATH = "/api/garden.plots/1.0/plots"

    def test_right_token_opens(self) -> None:
        for token in ("token-satu", "token-dua"):
            assert self.client.get(self.PATH, HTTP_AUTHORIZATION=f"Bearer {token}").status_code == 200

    def test_missing_wrong_partial_or_odd_token_does_not(self) -> None:
        for header in ("", "Bearer ", "Bearer token", "Bearer token-satux", "Basic token-satu", "Bearer té"):
            assert self.client.get(self.PATH, HTTP_AUTHORIZATION=header).status_code == 401

    def test_session_of_a_person_is_not_a_token(self) -> None:
        self.persona("kepala", "head-gardener")
        assert self.as_("kepala").get(self.PATH).status_code == 401

    def test_contract_that_is_not_provided_opens_for_nobody(self) -> None:
        with override_settings(SEMAI=environment("garden")):
            assert self.client.get(self.PATH, HTTP_AUTHORIZATION="Bearer token-satu").status_code == 401

    def test_openapi_describes_the_contract(self) -> None:
        assert self.PATH in self.client.get("/openapi.json").json()["paths"]
