# SPDX-License-Identifier: MIT
"""A `nevus serve` of a test's own, and a client that knows nothing of Python packages."""
import atexit
import contextlib
import functools
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import time
import unittest
import uuid
import zlib

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("NEVUS_PROGRAM", str(SOURCE / "build/release/apps/nevus/nevus"))
PHOTO = (SOURCE / "examples/nevus-ISIC_0010481.jpg").read_bytes()
MELANOMA = (SOURCE / "examples/melanoma-ISIC_0010597.jpg").read_bytes()


def png(width, height):
    """A grey PNG without a lesion."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + b"\x80" * width for _ in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def hollow_json(size):
    """Much JSON of small values, each of which would take many times its length in a tree."""
    return b'{"inputs":[],"x":[{}' + b",{}" * ((size - 30) // 3) + b"]}"


class Answer:
    def __init__(self, response, body):
        self.status = response.status
        self.headers = response.headers
        self.body = body

    def json(self):
        return json.loads(self.body)


def form(*parts):
    """(content type, body) of (name, file name or None, bytes) parts."""
    boundary = uuid.uuid4().hex
    body = b""
    for name, file_name, content in parts:
        file_words = f'; filename="{file_name}"' if file_name else ""
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{file_words}\r\n\r\n'.encode()
        body += content + b"\r\n"
    return f"multipart/form-data; boundary={boundary}", body + f"--{boundary}--\r\n".encode()


class Client:
    """One person's browser: keeps the cookie."""

    def __init__(self, port):
        self.port = port
        self.cookie = None

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = dict(headers or {})
        if self.cookie:
            headers["Cookie"] = self.cookie
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            answer = Answer(response, response.read())
        finally:
            connection.close()
        if set_cookie := answer.headers.get("Set-Cookie"):
            self.cookie = set_cookie.split(";")[0]
        return answer

    def get(self, path, **headers):
        return self.ask("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def analyse(self, photo=PHOTO, *parts):
        content_type, body = form(("photo", "a.jpg", photo), *parts)
        return self.ask("POST", "/api/v1/analyses", body, {"Content-Type": content_type})


@functools.cache
def one_network_alone():
    """A folder with `fast`, which is there until the end of the tests."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    shutil.copytree(SOURCE / "models" / "fast", pathlib.Path(folder.name) / "fast")
    return folder.name


class Server:
    def __init__(self, *arguments, prefix=(), environment=None):
        # OpenVINO makes `accurate` ready in 48 s under the thread sanitizer, and each test has a server of its own.
        if os.environ.get("NEVUS_SANITIZED") and "--models" not in arguments:
            arguments = (*arguments, "--models", one_network_alone())
        command = [*prefix, PROGRAM, "serve", "--port", "0", *arguments]
        # A file and not a pipe, which a server that nobody listens to would fill and then wait for.
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(command, cwd="/", stderr=self.errors,
                                        env={"PATH": os.environ["PATH"], **(environment or {})})
        while not (found := re.search(r"https?://[\d.]+:(\d+)", self.log())):
            if self.process.poll() is not None:
                raise RuntimeError("the server ended: " + self.log())
            time.sleep(0.01)
        self.port = int(found[1])

    def log(self):
        return os.pread(self.errors.fileno(), 1 << 30, 0).decode()

    def client(self):
        return Client(self.port)

    def peak_bytes(self):
        return self._memory_bytes("VmHWM")

    def start_of_peak_bytes(self):
        """What it holds now that every network is loaded; `peak_bytes` counts from here."""
        for _ in range(600):
            log = self.log()
            if log.count("model is ready for many at once") * 2 == log.count("model is ready"):
                break
            time.sleep(0.05)
        else:
            raise RuntimeError("the networks do not become ready: " + log)
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")  # proc(5): the peak becomes what is held
        return self._memory_bytes("VmRSS")

    def _memory_bytes(self, name):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split(name + ":")[1].split()[0]) * 1024

    def wait_until_ready(self):
        for _ in range(2400):
            if self.client().get("/v2/health/ready").status == 200:
                return self
            time.sleep(0.05)
        raise RuntimeError("the server does not become ready")

    def stop(self):
        """Asks it to stop; its exit code and what it said."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)
        return self.process.returncode, self.log()

    def end(self):
        """Stops it in the ordinary way, which is also when a sanitizer says what it has found."""
        try:
            code, log = self.stop()
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
        if code != 0 or "Sanitizer" in log or "runtime error:" in log:
            raise RuntimeError(f"the server ended with {code}: {log}")


@contextlib.contextmanager
def running(*arguments, **options):
    server = Server(*arguments, **options)
    try:
        yield server.wait_until_ready()
    finally:
        try:
            server.end()
        finally:
            server.errors.close()


class WithServer(unittest.TestCase):
    """Tests that share a server; each has a session of its own."""

    @classmethod
    def setUpClass(cls):
        cls.context = running()
        cls.server = cls.context.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.context.__exit__(None, None, None)

    def setUp(self):
        self.client = self.server.client()
