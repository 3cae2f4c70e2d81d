# SPDX-License-Identifier: MIT
"""A language model's server that says what a test tells it to, well or badly."""
import http.server
import json
import threading
import time


def sentence(text, *facts):
    return {"text": text, "facts": list(facts), "sources": []}


def answer(*sections):
    return json.dumps({"sections": [{"id": name, "sentences": sentences} for name, sentences in sections]})


class LlmServer:
    """`script(handler, body)` answers a chat completion; by default with the words of `text`, streamed."""

    def __init__(self, text="", script=None):
        self.requests = []
        self.text = text
        self.script = script or (lambda handler, body: self.stream(handler))
        self.hung_up = threading.Event()
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                server.requests.append((self.path, dict(self.headers), ""))
                self.reply(200, json.dumps({"data": [{"id": "test-model", "context_window": 8192}]}))

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                server.requests.append((self.path, dict(self.headers), body))
                server.script(self, body)

            def reply(self, status, text, **headers):
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(text.encode())

            def begin(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()

            def say(self, words):
                event = {"choices": [{"index": 0, "delta": {"content": words}, "finish_reason": None}]}
                self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
                self.wfile.flush()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"

    def stream(self, handler):
        handler.begin()
        for start in range(0, len(self.text), 11):
            handler.say(self.text[start:start + 11])
        handler.wfile.write(b'data: {"choices":[],"usage":{"total_tokens":1234}}\n\ndata: [DONE]\n\n')

    def stall(self, handler):
        """Begins, and notes when the client has left."""
        handler.begin()
        try:
            while True:
                handler.say(" ")
                time.sleep(0.02)
        except OSError:
            self.hung_up.set()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
