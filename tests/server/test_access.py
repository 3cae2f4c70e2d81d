# SPDX-License-Identifier: MIT
"""Who is let in: API keys, roles, TLS, addresses that strangers can reach, and what errors and logs give away."""
import base64
import contextlib
import hashlib
import http.client
import json
import pathlib
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

from nevus_server import PHOTO, PROGRAM, Server, form, running


def serve(*arguments):
    """The outcome of a server that does not start."""
    return subprocess.run([PROGRAM, "serve", "--port", "0", *arguments], capture_output=True, text=True, timeout=30, cwd="/")


def line_of_key(role, name, key):
    return f"{role} {name} {hashlib.sha256(key.encode()).hexdigest()}\n"


def make_certificate(certificate, key, name):
    """Signed by itself; written under other names and renamed, as who renews them does."""
    parts = [file.with_suffix(".new") for file in (certificate, key)]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", parts[1], "-out", parts[0], "-days", "2", "-subj", "/CN=" + name,
                    "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    for part, file in zip(parts, (certificate, key)):
        part.rename(file)
    return ssl.PEM_cert_to_DER_cert(certificate.read_text())


@contextlib.contextmanager
def running_with_tls(certificate, key):
    server = Server("--tls-certificate", str(certificate), "--tls-key", str(key))
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.process.kill()
        server.process.wait()
        server.errors.close()


def hang_up(server, said):
    """Sends SIGHUP and waits until the server has said `said` once more."""
    times = server.log().count(said)
    server.process.send_signal(signal.SIGHUP)
    end = time.monotonic() + 60
    while server.log().count(said) == times:
        if time.monotonic() > end:
            raise AssertionError(f"not said: {said}\n{server.log()}")
        time.sleep(0.01)


class Access(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name)

    def keys(self):
        file = self.path / "keys"
        file.write_text("# keys\n\n" + line_of_key("user", "anna", "secret-of-anna") +
                        line_of_key("monitor", "graphs", "secret-of-graphs"))
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

    def test_hanging_up_renews_keys_and_keeps_the_old_ones_where_the_new_ones_are_bad(self):
        with running("--api-keys", self.keys()) as server:
            anna = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)

            def ask_as_anna():
                anna.request("GET", "/api/v1/models", headers={"X-API-Key": "secret-of-anna"})
                response = anna.getresponse()
                response.read()
                return response.status

            def bert():
                return server.client().get("/api/v1/models", X_API_Key="secret-of-bert").status
            self.assertEqual((ask_as_anna(), bert()), (200, 401))
            file = self.path / "keys"
            file.write_text(line_of_key("user", "bert", "secret-of-bert"))
            hang_up(server, "reading keys and networks again")
            self.assertEqual((ask_as_anna(), bert()), (401, 200), "on a connection that is open, too")
            for bad, why in (("user anna 123\n", "keys, line 1: must be the role"), ("# none\n", "holds no key")):
                file.write_text(bad)
                hang_up(server, "the old keys stay in use")
                self.assertIn(why, server.log())
                self.assertEqual((ask_as_anna(), bert()), (401, 200))
            file.unlink()
            hang_up(server, "the old keys stay in use")
            self.assertEqual(bert(), 200)
            anna.close()

    def test_hanging_up_renews_the_certificate_and_fails_no_request(self):
        certificate, key = self.path / "certificate.pem", self.path / "key.pem"
        first = make_certificate(certificate, key, "first")
        trust = ssl.create_default_context(cafile=certificate)
        trust.check_hostname = False
        with running_with_tls(certificate, key) as server:
            def connect():
                return http.client.HTTPSConnection("127.0.0.1", server.port, context=trust, timeout=60)

            def status(connection):
                connection.request("GET", "/api/v1/version")
                response = connection.getresponse()
                response.read()
                return response.status

            def shown():
                connection = connect()
                self.assertEqual(status(connection), 200)
                found = connection.sock.getpeercert(binary_form=True)
                connection.close()
                return found
            failures, over = [], threading.Event()

            def ask_all_the_time():
                while not over.is_set():
                    try:
                        shown()
                    except Exception as error:  # whatever goes wrong is what this test looks for
                        failures.append(repr(error))
            self.assertEqual(shown(), first)
            held = connect()
            self.assertEqual(status(held), 200)
            second = make_certificate(certificate, key, "second")
            trust.load_verify_locations(cafile=certificate)
            others = [threading.Thread(target=ask_all_the_time) for _ in range(2)]
            for other in others:
                other.start()
            try:
                hang_up(server, "certificate is read again")
                self.assertEqual(shown(), second)
                self.assertEqual(status(held), 200)
                self.assertEqual(held.sock.getpeercert(binary_form=True), first)
                self.keeps_the_old_one(server, shown, second, certificate, key)
            finally:
                over.set()
                for other in others:
                    other.join()
            held.close()
            self.assertEqual(failures, [])

    def keeps_the_old_one(self, server, shown, old, certificate, key):
        good = key.read_bytes()
        other = self.path / "other.pem"
        make_certificate(self.path / "unused.pem", other, "other")
        locked = subprocess.run(["openssl", "ec", "-in", key, "-aes256", "-passout", "pass:word"], check=True,
                                capture_output=True).stdout
        for bad in (other.read_bytes(), good[:40], b"", locked):
            key.write_bytes(bad)
            hang_up(server, "; the old one stays in use")
            self.assertEqual(shown(), old)
        key.write_bytes(good)
        certificate.unlink()
        hang_up(server, "; the old one stays in use")
        self.assertEqual(shown(), old)

    def test_an_address_that_strangers_reach_wants_protection(self):
        finished = serve("--host", "0.0.0.0")
        self.assertNotIn("model is ready", finished.stderr, "nothing is loaded before the settings are known to be right")
        self.assertEqual(finished.returncode, 3)
        self.assertIn("--unprotected", finished.stderr)
        with running("--host", "0.0.0.0", "--unprotected") as server:
            self.assertEqual(server.client().get("/v2/health/live").status, 200)
        self.assertEqual(serve("--host", "nowhere").returncode, 3)

    def test_tls_has_secure_cookies_and_no_old_protocol(self):
        certificate, key = self.path / "certificate.pem", self.path / "key.pem"
        make_certificate(certificate, key, "localhost")
        context = ssl.create_default_context(cafile=certificate)
        self.assertEqual(serve("--tls-certificate", str(certificate)).returncode, 3)
        self.assertEqual(serve("--tls-certificate", str(key), "--tls-key", str(key)).returncode, 3)
        with running_with_tls(certificate, key) as server:
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
            self.assertEqual(server.stop()[0], 0)

    def test_who_leaves_politely_over_tls_frees_his_work(self):
        certificate, key = self.path / "certificate.pem", self.path / "key.pem"
        make_certificate(certificate, key, "localhost")
        context = ssl.create_default_context(cafile=certificate)
        context.check_hostname = False
        content_type, body = form(("photo", "a.jpg", PHOTO), ("stability", None, b"true"))
        head = f"POST /api/v1/analyses HTTP/1.1\r\nHost: localhost\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
        with running_with_tls(certificate, key) as server:
            def figures():
                connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=context, timeout=60)
                connection.request("GET", "/metrics")
                text = connection.getresponse().read().decode()
                connection.close()
                return {line.split(" ")[0]: float(line.split(" ")[1]) for line in text.splitlines() if not line.startswith("#")}
            figures()  # which waits until it listens
            people = [context.wrap_socket(socket.create_connection(("127.0.0.1", server.port)), server_hostname="localhost")
                      for _ in range(60)]
            for person in people:
                person.sendall(head.encode() + body)
            for person in people:
                person.setblocking(False)
                with contextlib.suppress(ssl.SSLWantReadError):
                    person.unwrap()  # says goodbye, and waits for no answer to that
            time.sleep(0.02)
            for person in people:
                person.close()
            time.sleep(0.3)
            while (now := figures())["nevus_queue_depth"] or now["nevus_workers_busy"]:
                time.sleep(0.05)
            self.assertLess(sum(value for name, value in now.items() if name.startswith("nevus_analyses_total")), 40)

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
