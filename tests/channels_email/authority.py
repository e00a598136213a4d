"""A provider's authorisation server on loopback: consent, tokens, and what a token is worth."""

import base64
import hashlib
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qs, urlsplit

CLIENT, SECRET = "client-1", "client-secret-1"


@dataclass
class Authority:
    """`moods["token"]` is an (HTTP status, error) that the token endpoint answers with."""

    port: int
    user: str = ""
    moods: dict[str, tuple[int, str]] = field(default_factory=dict)
    valid: dict[str, str] = field(default_factory=dict)
    refreshes: set[str] = field(default_factory=set)
    consents: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    lives: int = 3600
    rotates: bool = True

    @property
    def endpoints(self) -> dict[str, dict[str, str]]:
        base = f"http://127.0.0.1:{self.port}"
        return {
            name: {"authorize": f"{base}/authorize", "token": f"{base}/token"}
            for name in ("google", "microsoft")
        }

    def consent(self, url: str) -> tuple[str, str]:
        """A person says yes on the page at `url`. Returns the code and the state."""
        asked = {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.consents)}"
        self.consents[code] = asked
        return code, asked["state"]

    def grant(self, user: str) -> str:
        """A refresh token, as from an earlier consent."""
        self.user = user
        token = f"refresh-{len(self.refreshes)}"
        self.refreshes.add(token)
        return token

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, object]]:
        self.asked.append(form)
        status, error = self.moods.get("token", (200, ""))
        if status != 200:
            return status, {"error": error, "error_description": "as told"}
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        if not (self._by_code(form) or form.get("refresh_token") in self.refreshes):
            return 400, {"error": "invalid_grant"}
        access = f"access-{len(self.asked)}"
        self.valid[access] = self.user
        said: dict[str, object] = {"access_token": access, "expires_in": self.lives}
        if self.rotates:
            said["refresh_token"] = self.grant(self.user)
        return 200, said

    def _by_code(self, form: dict[str, str]) -> bool:
        consent = self.consents.pop(form.get("code", ""), None)
        if consent is None:
            return False
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        is_same = form["redirect_uri"] == consent["redirect_uri"]
        return is_same and challenge == consent["code_challenge"]

    def introspect(self, form: dict[str, str]) -> tuple[int, dict[str, object]]:
        user = self.valid.get(form.get("token", ""))
        return 200, {"active": bool(user), "username": user or ""}

    def __enter__(self) -> Self:
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {key: values[0] for key, values in parse_qs(body).items()}
                path = urlsplit(self.path).path
                status, said = {
                    "/token": authority.token, "/introspect": authority.introspect
                }[path](form)  # fmt: skip
                content = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: object) -> None:
                """The test's output stays its own."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._server.shutdown()
        self._server.server_close()
