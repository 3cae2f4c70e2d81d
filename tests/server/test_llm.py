# SPDX-License-Identifier: MIT
"""Words of a language model through the server: what is shown and sent, and that no key is ever given away."""
import contextlib
import http.client
import json
import os
import shutil
import subprocess
import time
import unittest

from llm_server import LlmServer, answer, sentence
from nevus_server import MELANOMA, PHOTO, running
from test_traces import copies_in_memory

KEY = "sk-nevus-test-" + "4f1d9c27ab30e85566f0"
SERVER_KEY = "sk-nevus-server-" + "c02b7d1e99a4f3381175"


@contextlib.contextmanager
def served(text="", script=None, *arguments, **environment):
    model = LlmServer(text, script)
    try:
        with running(*arguments, environment={"LLM_BASE_URL": model.url, **environment}) as server:
            yield model, server
    finally:
        model.stop()


def events(body):
    return [(event.split("\n")[0].removeprefix("event: "), json.loads(event.split("\n")[1].removeprefix("data: ")))
            for event in body.decode().strip().split("\n\n") if not event.startswith(":")]


def tell(client, base, **body):
    response = client.ask("POST", base + "/narrative", json.dumps({"source": "llm", **body}).encode())
    return events(response.body)


def good_answer(analysis):
    percent = f"{round(100 * analysis['confidence'])} %"
    name = {"mel": "Melanoma", "nv": "A mole (melanocytic nevus)"}[analysis["predicted_class"]]
    return answer(("overview", [sentence(f"{name} leads with {percent}.", "prediction.confidence"),
                                sentence("You have cancer.", "malignant_prob")]),
                  ("severity", [sentence("It is nothing.", "prob.scc")]))


class Words(unittest.TestCase):
    def test_what_a_model_says_is_shown_as_far_as_it_holds(self):
        with served(LLM_API_KEY=SERVER_KEY) as (model, server):
            client = server.client()
            answered = client.analyse()
            base = answered.headers["Location"]
            model.text = "<think>Let me see {</think>" + good_answer(answered.json())
            told = tell(client, base)
            sections = {data["id"]: data for name, data in told if name == "section"}
            self.assertEqual(len(sections), 7)
            self.assertEqual([name for name, data in told][-1], "done")
            self.assertEqual(sections["overview"]["origin"], "llm")
            self.assertEqual(sections["severity"]["origin"], "offline")
            self.assertEqual(sections["consult"]["origin"], "offline")
            self.assertNotIn("cancer.", json.dumps(told))
            replaced = [data for name, data in told if name == "replaced"]
            self.assertEqual([(one["section"], one["whole"]) for one in replaced],
                             [("overview", False), ("severity", False), ("severity", True)])
            done = told[-1][1]
            self.assertEqual((done["source"], done["model"], done["dropped"], done["reason"]), ("llm", "test-model", 2, None))
            self.assertEqual({one["id"]: one for one in done["sections"]}, sections)
            state = client.get("/api/v1/session").json()["llm"]
            self.assertEqual(state["tokens_used"], 1234)
            self.assertEqual((state["state"], state["model"], state["key"]), ("ready", "test-model", "server"))
            self.assertIn('nevus_language_model_total{outcome="answered"} 1', client.get("/metrics").body.decode())

    def test_what_would_be_sent_is_what_is_sent_and_holds_neither_photo_nor_name(self):
        with served("no", LLM_API_KEY=SERVER_KEY, LLM_MODEL="chosen") as (model, server):
            client = server.client()
            answered = client.analyse()
            base = answered.headers["Location"]
            shown = client.get(base + "/narrative/request?language=de&reader=clinician").json()
            self.assertEqual(model.requests, [], "to look is not to send")
            tell(client, base, language="de", reader="clinician")
            (path, headers, body), = model.requests
            self.assertEqual(json.loads(body)["messages"], shown["messages"])
            self.assertEqual((path, shown["url"]), ("/v1/chat/completions", model.url + "/chat/completions"))
            self.assertEqual(headers["Authorization"], "Bearer " + SERVER_KEY)
            self.assertEqual(json.loads(body)["model"], "chosen")
            for private in ("a.jpg", answered.json()["input"]["sha256"], answered.json()["id"], client.cookie.split("=")[1]):
                self.assertNotIn(private, body)
            self.assertEqual(client.get(base + "/narrative/request?language=fr").status, 400)
            self.assertEqual(server.client().get(base + "/narrative/request").status, 404)

    def test_words_prompt_and_pdf_say_the_same_of_the_heat_map(self):
        with served("no", LLM_API_KEY=SERVER_KEY, LLM_MODEL="chosen") as (model, server):
            client = server.client()
            base = client.analyse(MELANOMA).headers["Location"]
            told = events(client.ask("POST", base + "/narrative", b"{}").body)
            said = [one["text"] for name, data in told if name == "section" for one in data["sentences"]
                    if "heat_map.state" in one["facts"]]
            self.assertEqual(len(said), 1, told)
            facts, = [json.loads(one["content"])["facts"]
                      for one in client.get(base + "/narrative/request").json()["messages"] if one["role"] == "user"]
            shown = client.get(base + "/explanation").json()
            self.assertEqual(facts["heat_map.class"], shown["class"])
            self.assertEqual(facts["heat_map.state"], shown["state"])
            if shutil.which("pdftotext"):
                pdf = subprocess.run(["pdftotext", "-", "-"], input=client.get(base + "/report.pdf").body,
                                     capture_output=True, check=True).stdout.decode()
                self.assertIn("".join(said[0].split()), "".join(pdf.split()))

    @unittest.skipUnless(shutil.which("pdftotext"), "pdftotext (poppler-utils) is not installed")
    def test_a_report_has_the_models_words_where_they_are_asked_for_and_marks_them(self):
        with served(LLM_API_KEY=SERVER_KEY) as (model, server):
            client = server.client()
            answered = client.analyse()
            base = answered.headers["Location"]
            refused = client.get(base + "/report.pdf?narrative=llm")
            self.assertEqual((refused.status, refused.json()["code"]), (404, "not_found"), "none wrote anything yet")
            model.text = good_answer(answered.json())
            done = tell(client, base)[-1][1]
            said = done["sections"][0]["sentences"][0]
            self.assertEqual(said["origin"], "llm")

            def text(query):
                pdf = client.get(base + "/report.pdf" + query).body
                return "".join(subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
                               .stdout.decode().split())

            said = "".join(said["text"].split())
            self.assertIn(said, text("?narrative=llm"))
            self.assertIn("languagemodel", text("?narrative=llm"), "whose words they are")
            self.assertNotIn("cancer.", text("?narrative=llm"))
            for query in ("", "?narrative=offline"):
                self.assertNotIn(said, text(query))
            self.assertEqual(client.get(base + "/report.fhir.json?narrative=llm").status, 200)
            self.assertEqual(client.get(base + "/report.pdf?narrative=llm&language=de").status, 404)
            self.assertEqual(client.get(base + "/report.pdf?narrative=poem").status, 400)

    def test_whatever_the_model_does_the_report_is_there(self):
        scripts = {
            "key_refused": lambda handler, body: handler.reply(401, "{}"),
            "rate_limited": lambda handler, body: handler.reply(429, "{}", Retry_After="3600"),
            "bad_answer": lambda handler, body: handler.reply(200, "rubbish"),
            "broken_off": lambda handler, body: (handler.begin(), handler.say("{")),
            "timeout": lambda handler, body: time.sleep(4),
        }
        with served(LLM_TIMEOUT_S="3") as (model, server):
            client = server.client()
            base = client.analyse().headers["Location"]
            offline = events(client.ask("POST", base + "/narrative", b"{}").body)
            for code, script in scripts.items():
                model.script = script
                told = tell(client, base)
                self.assertEqual(told[-1][1]["reason_code"], code)
                self.assertTrue(told[-1][1]["reason"])
                self.assertEqual(told[:-1], offline[:-1])

    def test_without_a_key_nothing_is_sent(self):
        with running() as server:
            client = server.client()
            base = client.analyse().headers["Location"]
            state = client.get("/api/v1/session").json()["llm"]
            self.assertEqual((state["state"], state["host"], state["key"]), ("off", "api.groq.com", None))
            self.assertEqual(tell(client, base)[-1][1]["reason_code"], "off")

    def test_a_used_up_session_sends_nothing(self):
        with served("x", None, "--llm-session-tokens", "100") as (model, server):
            client = server.client()
            base = client.analyse().headers["Location"]
            self.assertEqual(tell(client, base)[-1][1]["reason_code"], "budget")
            self.assertEqual([path for path, _, _ in model.requests], ["/v1/models"])

    def test_who_closes_the_page_or_the_session_ends_the_request(self):
        for how in ("page", "session"):
            with served() as (model, server):
                model.script = lambda handler, body: model.stall(handler)
                client = server.client()
                base = client.analyse().headers["Location"]
                connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
                connection.request("POST", base + "/narrative", b'{"source": "llm"}', {"Cookie": client.cookie})
                response = connection.getresponse()
                while len(model.requests) < 2:
                    time.sleep(0.01)
                start = time.monotonic()
                if how == "page":
                    response.close()
                    connection.close()
                else:
                    client.ask("DELETE", "/api/v1/session")
                self.assertTrue(model.hung_up.wait(5), how)
                self.assertLess(time.monotonic() - start, 5)
                connection.close()
                self.assertEqual(client.get("/v2/health/live").status, 200)

    def test_waiting_for_a_model_holds_up_nobody(self):
        with served() as (model, server):
            model.script = lambda handler, body: model.stall(handler)
            client = server.client()
            base = client.analyse().headers["Location"]
            waiting = []
            for _ in range(6):
                connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
                connection.request("POST", base + "/narrative", b'{"source": "llm"}', {"Cookie": client.cookie})
                waiting.append(connection)
            while len(model.requests) < 6:
                time.sleep(0.01)
            self.assertEqual(client.analyse(MELANOMA).status, 201)
            code, _ = server.stop()
            self.assertEqual(code, 0, "it stops although models are being waited for")
            for connection in waiting:
                connection.close()


class Keys(unittest.TestCase):
    def put(self, client, key):
        return client.ask("PUT", "/api/v1/session", json.dumps({"settings": {"llm_key": key}}).encode())

    def test_a_key_of_the_session_is_used_and_never_given_back(self):
        with served("x", None, "--log-format", "json", "--debug-mode") as (model, server):
            client = server.client()
            base = client.analyse().headers["Location"]
            model.script = lambda handler, body: handler.reply(401, json.dumps({"error": {"message": "wrong key " + KEY}}))
            answers = [self.put(client, KEY)]
            self.assertEqual(answers[0].json()["llm"]["key"], "session")
            answers += [client.ask("POST", base + "/narrative", b'{"source": "llm"}'),
                        client.get(base + "/narrative/request"), client.get("/api/v1/session"), client.get("/metrics"),
                        client.get("/openapi.json"), client.get(base), self.put(client, KEY + " with blanks"),
                        self.put(client, "x" * 600), self.put(client, 5)]
            self.assertEqual([one.status for one in answers[-3:]], [400, 400, 400])
            self.assertEqual(model.requests[0][1]["Authorization"], "Bearer " + KEY)
            other = server.client()
            self.assertIsNone(other.get("/api/v1/session").json()["llm"]["key"], "no other session has it")
            self.assertIsNone(self.put(client, None).json()["llm"]["key"])
            process = server.process.pid
            for one in answers:
                self.assertNotIn(KEY.encode(), one.body + str(one.headers).encode())
            code, log = server.stop()
        self.assertNotIn(KEY, log)

    def test_nothing_of_a_key_is_left_in_memory_when_its_session_has_ended(self):
        with served("x") as (model, server):
            client = server.client()
            base = client.analyse().headers["Location"]
            self.put(client, KEY)
            tell(client, base)
            self.assertEqual(client.get("/api/v1/session").json()["llm"]["model"], "test-model")
            self.assertIsNone(server.client().get("/api/v1/session").json()["llm"]["model"], "found with another's key")
            process = server.process.pid
            if not os.access(f"/proc/{process}/mem", os.R_OK):
                self.skipTest("the memory of another process cannot be read here")
            self.assertGreater(copies_in_memory(process, KEY.encode()), 0, "the search finds a key that is there")
            self.assertEqual(client.ask("DELETE", "/api/v1/session").status, 204)
            self.assertEqual(copies_in_memory(process, KEY.encode()), 0)

    def test_the_servers_key_stands_in_no_answer_and_no_log(self):
        with served("x", None, "--debug-mode", LLM_API_KEY=SERVER_KEY) as (model, server):
            client = server.client()
            base = client.analyse().headers["Location"]
            self.put(client, KEY)
            bodies = [client.ask("POST", base + "/narrative", b'{"source": "llm"}').body]
            bodies += [client.get(path).body for path in (base + "/narrative/request", "/api/v1/session", "/metrics", base)]
            self.assertEqual(model.requests[-1][1]["Authorization"], "Bearer " + SERVER_KEY, "the server's own goes first")
            code, log = server.stop()
        for text in [log.encode(), *bodies]:
            self.assertNotIn(SERVER_KEY.encode(), text)
            self.assertNotIn(KEY.encode(), text)

    def test_groqs_key_goes_to_no_other_server(self):
        with served("x", GROQ_API_KEY=SERVER_KEY) as (model, server):
            client = server.client()
            tell(client, client.analyse().headers["Location"])
            for _, headers, _ in model.requests:
                self.assertNotIn("Authorization", headers)

    def test_a_redirect_does_not_carry_the_key_along(self):
        elsewhere = LlmServer()
        try:
            with served("x", LLM_API_KEY=SERVER_KEY, LLM_MODEL="m") as (model, server):
                model.script = lambda handler, body: handler.reply(307, "", Location=elsewhere.url + "/chat/completions")
                client = server.client()
                self.assertEqual(tell(client, client.analyse().headers["Location"])[-1][1]["reason_code"], "bad_answer")
                self.assertEqual(elsewhere.requests, [])
        finally:
            elsewhere.stop()

    def test_a_server_can_refuse_keys_of_sessions(self):
        with served("x", None, "--llm-session-keys=false") as (model, server):
            client = server.client()
            self.assertEqual(self.put(client, KEY).status, 400)
            self.assertFalse(client.get("/api/v1/session").json()["llm"]["takes_key"])


if __name__ == "__main__":
    unittest.main()
