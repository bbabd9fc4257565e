"""A small identity provider on loopback: discovery and token endpoint, with PKCE checked as real ones do."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class IdentityProvider:
    """`claims` are what it says of the person; tests change those and `document` to make it lie."""

    def __init__(self, client_id: str) -> None:
        self.client_id = client_id
        self.claims: dict[str, Any] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.exchanged: list[dict[str, str]] = []
        provider = self

        class Respond(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.answer(200, provider.document)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self.answer(*provider.exchange({name: values[0] for name, values in parse_qs(body).items()}))

            def answer(self, status: int, content: dict[str, Any]) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(content).encode())

            def log_message(self, *args: object) -> None:
                """Tests stay quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Respond)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        self.document: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
        }
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def consent(self, address: str) -> dict[str, str]:
        """What the provider sends back with the visitor after they agreed at `address`."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert address.startswith(f"{self.issuer}/authorize?")
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def exchange(self, sent: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.exchanged.append(sent)
        asked = self.codes.pop(sent.get("code", ""), None)
        challenge = encoded(hashlib.sha256(sent.get("code_verifier", "").encode()).digest())
        if asked is None or asked["code_challenge"] != challenge or sent["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        said = {"iss": self.issuer, "aud": self.client_id, "exp": int(time.time()) + 60, "nonce": asked["nonce"]}
        body = encoded(json.dumps(said | self.claims).encode())
        return 200, {"id_token": f"{encoded(b'{}')}.{body}.{encoded(b'signature')}"}

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
