# SPDX-License-Identifier: MIT
"""Who is let in: API keys, roles, TLS, addresses that strangers can reach, and what errors and logs give away."""
import base64
import hashlib
import http.client
import json
import pathlib
import ssl
import subprocess
import tempfile
import unittest

from nevus_server import PHOTO, PROGRAM, form, running


def serve(*arguments):
    """The outcome of a server that does not start."""
    return subprocess.run([PROGRAM, "serve", "--port", "0", *arguments], capture_output=True, text=True, timeout=30, cwd="/")


class Access(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name)

    def keys(self):
        file = self.path / "keys"
        lines = [f"{role} {name} {hashlib.sha256(key.encode()).hexdigest()}"
                 for role, name, key in (("user", "anna", "secret-of-anna"), ("monitor", "graphs", "secret-of-graphs"))]
        file.write_text("# keys\n\n" + "\n".join(lines) + "\n")
        return str(file)

    def test_keys_open_what_their_role_may(self):
        with running("--api-keys", self.keys(), "--log-format", "json") as server:
            client = server.client()
            answer = client.get("/api/v1/models")
            self.assertEqual((answer.status, answer.json()["code"]), (401, "unauthorized"))
            self.assertIn("Basic", answer.headers["WWW-Authenticate"])
            self.assertEqual(client.get("/").status, 401)
            self.assertEqual(client.get("/v2/health/live").status, 200)
            for key, models, metrics in (("secret-of-anna", 200, 200), ("secret-of-graphs", 403, 200), ("secret-of-ann", 401, 401)):
                basic = base64.b64encode(b"x:" + key.encode()).decode()
                for header in ({"Authorization": "Bearer " + key}, {"X-API-Key": key}, {"Authorization": "Basic " + basic}):
                    self.assertEqual(client.ask("GET", "/api/v1/models", headers=header).status, models)
                    self.assertEqual(client.ask("GET", "/metrics", headers=header).status, metrics)
            content_type, body = form(("photo", "private-name.jpg", PHOTO))
            client.ask("POST", "/api/v1/analyses?model=private-model", body,
                       {"Content-Type": content_type, "Authorization": "Bearer secret-of-anna"})
            code, log = server.stop()
        self.assertEqual(code, 0)
        for private in ("secret-of", "private-", "anna", "127.0.0.1 "):
            self.assertNotIn(private, log)
        requests = [line for line in map(json.loads, log.splitlines()) if line["message"] == "request"]
        self.assertEqual(requests[-1]["route"], "/api/v1/analyses")
        self.assertEqual(requests[-1]["status"], "404")

    def test_wrong_keys_are_limited_and_do_not_hold_up_right_ones(self):
        with running("--api-keys", self.keys(), "--rate-limit-per-min", "6") as server:
            def ask(key):
                return server.client().get("/api/v1/models", X_API_Key=key)
            statuses = [ask("guess").status for _ in range(12)]
            self.assertEqual((statuses[0], statuses[-1]), (401, 429))
            refused = ask("guess")
            self.assertEqual(refused.status, 429)
            self.assertIn(f"wait {refused.headers['Retry-After']} s", refused.json()["detail"])
            self.assertEqual(ask("secret-of-anna").status, 200)

    def test_a_malformed_file_of_keys_is_named_with_its_line(self):
        (self.path / "keys").write_text("user anna 123\n")
        finished = serve("--api-keys", str(self.path / "keys"))
        self.assertEqual(finished.returncode, 3)
        self.assertIn("keys, line 1: must be the role", finished.stderr)

    def test_an_address_that_strangers_reach_wants_protection(self):
        finished = serve("--host", "0.0.0.0")
        self.assertEqual(finished.returncode, 3)
        self.assertIn("--unprotected", finished.stderr)
        with running("--host", "0.0.0.0", "--unprotected") as server:
            self.assertEqual(server.client().get("/v2/health/live").status, 200)
        self.assertEqual(serve("--host", "nowhere").returncode, 3)

    def test_tls_has_secure_cookies_and_no_old_protocol(self):
        certificate, key = self.path / "certificate.pem", self.path / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        context = ssl.create_default_context(cafile=certificate)
        self.assertEqual(serve("--tls-certificate", str(certificate)).returncode, 3)
        self.assertEqual(serve("--tls-certificate", str(key), "--tls-key", str(key)).returncode, 3)
        from nevus_server import Server
        server = Server("--tls-certificate", str(certificate), "--tls-key", str(key))
        try:
            connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=context, timeout=30)
            content_type, body = form(("photo", "a.jpg", PHOTO))
            connection.request("POST", "/api/v1/analyses", body, {"Content-Type": content_type})
            response = connection.getresponse()
            self.assertEqual((response.status, json.loads(response.read())["predicted_class"]), (201, "nv"))
            self.assertIn("; Secure", response.headers["Set-Cookie"])
            self.assertIn("max-age", response.headers["Strict-Transport-Security"])
            connection.close()
            old = ssl.create_default_context(cafile=certificate)
            old.maximum_version = ssl.TLSVersion.TLSv1_1
            with self.assertRaises((ssl.SSLError, ConnectionError)):
                http.client.HTTPSConnection("127.0.0.1", server.port, context=old, timeout=30).request("GET", "/")
        finally:
            self.assertEqual(server.stop()[0], 0)

    def test_debug_mode_alone_shows_internals(self):
        broken = self.path / "broken"
        broken.mkdir()
        (broken / "card.json").write_text("{}")
        for arguments, shown in (((), False), (("--debug-mode",), True)):
            server = None
            finished = serve("--default-model-path", str(broken), *arguments)
            self.assertNotEqual(finished.returncode, 0)
            self.assertIn("card.json", finished.stderr)


if __name__ == "__main__":
    unittest.main()
