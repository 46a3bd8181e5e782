"""A small identity provider on the loopback: discovery, code, token, keys, as OpenID Connect has them."""

import json
import threading
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa


class IdentityProvider:
    """Whom it says has signed in (`claims`), and what it was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.claims: dict[str, Any] = {"sub": "p-1", "email": "anna@example.com", "email_verified": True}
        self.token_claims: dict[str, Any] = {}
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.asked: list[dict[str, str]] = []
        self.down = False

    def id_token(self) -> str:
        now = int(time.time())
        claims = {"iss": self.url, "aud": "keystone", "iat": now, "exp": now + 60} | self.claims | self.token_claims
        return jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": "k"})


class _Answers(BaseHTTPRequestHandler):
    def _say(self, body: Any, status: int = 200) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        provider: IdentityProvider = self.server.provider  # type: ignore[attr-defined]
        if provider.down:
            self._say({}, 500)
        elif self.path == "/.well-known/openid-configuration":
            places = ("authorization", "token", "userinfo")
            self._say(
                {f"{name}_endpoint": f"{provider.url}/{name}" for name in places}
                | {"issuer": provider.url, "jwks_uri": f"{provider.url}/keys"}
            )
        elif self.path == "/keys":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(provider.key.public_key()))
            self._say({"keys": [public | {"kid": "k", "alg": "RS256"}]})
        elif self.path == "/userinfo":
            self._say(provider.claims)
        else:
            self._say({}, 404)

    def do_POST(self) -> None:
        provider: IdentityProvider = self.server.provider  # type: ignore[attr-defined]
        said = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        provider.asked.append({name: values[0] for name, values in said.items()})
        self._say({"access_token": "t", "token_type": "Bearer", "expires_in": 60, "id_token": provider.id_token()})

    def log_message(self, *_args: Any) -> None:
        """Quiet."""


@contextmanager
def running() -> Iterator[IdentityProvider]:
    """A provider that listens."""
    provider = IdentityProvider()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        server.provider = provider  # type: ignore[attr-defined]
        provider.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield provider
        server.shutdown()
        thread.join()
