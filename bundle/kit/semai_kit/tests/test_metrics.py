"""/metrics: what it tells, and who may read it."""

import re

from django.test import Client, override_settings

from semai_kit.environment import ConsumedContract
from semai_kit.testing import KitTestCase, environment

WIRE = ConsumedContract('plan"\\ning', "1.0", "http://127.0.0.1:1", "t", "x")
LINE = re.compile(r'[a-z_]+(\{[a-z]+="([^"\\]|\\.)*"(,[a-z]+="([^"\\]|\\.)*")*\})? [0-9.]+')


class MetricsTests(KitTestCase):
    def values(self, client: Client) -> dict[str, str]:
        response = client.get("/metrics")
        assert response["Content-Type"].startswith("text/plain; version=0.0.4")
        lines = [line for line in response.content.decode().splitlines() if not line.startswith("#")]
        assert all(LINE.fullmatch(line) for line in lines)
        return dict(line.rsplit(" ", 1) for line in lines)

    def test_requests_are_counted_by_method_and_class_and_probes_are_not(self) -> None:
        client = Client()
        client.get("/masuk/")
        client.get("/tidak-ada/")
        client.post("/masuk/", {})
        client.get("/healthz")
        client.generic("BREW", "/masuk/")
        found = self.values(client)
        assert found['semai_requests_total{method="GET",status="2xx"}'] == "1"
        assert found['semai_requests_total{method="GET",status="4xx"}'] == "1"
        assert any(name.startswith('semai_requests_total{method="other"') for name in found)
        assert found["semai_request_seconds_count"] == "4"
        assert found['semai_request_seconds_bucket{le="+Inf"}'] == "4"
        assert int(found["process_resident_memory_bytes"]) > 10_000_000
        assert found['semai_app_info{app="garden",release="2026.11.0"}'] == "1"
        assert found["semai_database_up"] == "1"
        assert found["semai_mail_waiting"] == "0"

    def test_contracts_are_told_with_their_state(self) -> None:
        with override_settings(SEMAI=environment("garden", consumes={WIRE.name: WIRE})):
            found = self.values(Client())
        assert found['semai_contract{contract="plan\\"\\\\ning",state="unused"}'] == "1"
        assert found['semai_contract{contract="plan\\"\\\\ning",state="ok"}'] == "0"

    def test_only_this_machine_and_the_token_may_read_it(self) -> None:
        for client in (
            Client(REMOTE_ADDR="10.0.0.7"),
            Client(headers={"X-Forwarded-For": "127.0.0.1"}),
            Client(headers={"X-Real-IP": "127.0.0.1"}),
            Client(REMOTE_ADDR=""),
            Client(REMOTE_ADDR="10.0.0.7", headers={"Authorization": "Bearer "}),
        ):
            response = client.get("/metrics")
            assert (response.status_code, response.content) == (404, b"not found\n")
        shown = {"Authorization": "Bearer rahasia", "X-Forwarded-For": "10.0.0.7"}
        far = Client(REMOTE_ADDR="10.0.0.7", headers=shown)
        assert far.get("/metrics").status_code == 404
        with override_settings(SEMAI=environment("garden", metrics_token="rahasia")):
            assert far.get("/metrics").status_code == 200
            wrong = Client(REMOTE_ADDR="10.0.0.7", headers={"Authorization": "Bearer rahasi"})
            assert wrong.get("/metrics").status_code == 404
