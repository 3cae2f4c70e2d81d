# SPDX-License-Identifier: MIT
"""The server as a client meets it: answers, sessions, limits, refusals."""
import base64
import contextlib
import http.client
import io
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import tempfile
import threading
import time
import unittest
import zipfile

from nevus_server import MELANOMA, PHOTO, SOURCE, WithServer, form, hollow_json, one_network_alone, png, running


class Api(WithServer):
    def refused(self, answer, status, code):
        self.assertEqual((answer.status, answer.json()["code"]), (status, code), answer.body)
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        self.assertEqual(answer.json()["status"], status)
        self.assertEqual(answer.json()["request_id"], answer.headers["X-Request-Id"])

    def test_a_photo_is_answered_and_kept_for_its_session_alone(self):
        answer = self.client.analyse()
        self.assertEqual(answer.status, 201, answer.body)
        analysis = answer.json()
        self.assertEqual(answer.headers["Location"], "/api/v1/analyses/" + analysis["id"])
        self.assertEqual(analysis["predicted_class"], "nv")
        self.assertEqual(analysis["input"]["name"], "a.jpg")
        self.assertAlmostEqual(sum(analysis["probabilities"].values()), 1)
        self.assertIn("HttpOnly; SameSite=Strict", answer.headers["Set-Cookie"])

        base = answer.headers["Location"]
        self.assertEqual(self.client.get(base).json()["id"], analysis["id"])
        self.assertEqual(self.client.get(base + "/photo").body, PHOTO)
        self.assertEqual(self.client.get("/api/v1/analyses").json()[0]["urgency"], analysis["urgency"]["level"])
        for path in ["", "/photo", "/heatmap.png", "/explanation", "/report.json"]:
            self.refused(self.server.client().get(base + path), 404, "not_found")
        stranger = self.server.client()
        stranger.analyse()
        self.refused(stranger.ask("DELETE", base), 404, "not_found")
        self.assertEqual(self.client.ask("DELETE", base).status, 204)
        self.refused(self.client.get(base), 404, "not_found")

    def test_the_raw_body_means_the_same_as_the_form(self):
        answer = self.client.ask("POST", "/api/v1/analyses?name=b%20c.jpg&model=fast", PHOTO, {"Content-Type": "image/jpeg"})
        self.assertEqual(answer.status, 201, answer.body)
        self.assertEqual(answer.json()["input"]["name"], "b c.jpg")

    def test_the_same_photo_is_looked_at_once_in_a_session(self):
        first, again = self.client.analyse().json(), self.client.analyse().json()
        self.assertNotEqual(first["id"], again["id"])
        self.assertEqual(first["timing_ms"], again["timing_ms"], "the answer of the first time")
        other = self.client.analyse(PHOTO, ("operating_point", None, b"rule_in")).json()
        self.assertNotEqual(first["timing_ms"], other["timing_ms"])
        self.assertNotEqual(first["timing_ms"], self.server.client().analyse().json()["timing_ms"])

    def test_stability_is_there_when_asked_for(self):
        self.assertNotIn("stability", self.client.analyse().json())
        self.assertIn("views", self.client.analyse(PHOTO, ("stability", None, b"true")).json()["stability"])

    def test_heat_maps_say_whose_they_are(self):
        base = self.client.analyse(MELANOMA).headers["Location"]
        overlay = self.client.get(base + "/heatmap.png?class=mel")
        self.assertEqual(overlay.body[:8], b"\x89PNG\r\n\x1a\n")
        heat = self.client.get(base + "/heatmap.png?class=mel&layer=heat").body
        self.assertEqual(struct.unpack(">II", heat[16:24]), (256, 256))
        self.assertEqual(heat[25], 6, "colour type 6 is RGBA")
        small = self.client.get(base + "/heatmap.png?class=mel&layer=heat&max_px=96").body
        self.assertEqual(struct.unpack(">II", small[16:24]), (96, 96))
        self.refused(self.client.get(base + "/heatmap.png?max_px=big"), 400, "usage")
        self.assertEqual(self.client.get(base + "/explanation?class=mel").json()["class"], "mel")
        self.refused(self.client.get(base + "/heatmap.png?class=cancer"), 400, "usage")
        small = self.client.get(base + "/photo?max_px=64&as=png").body
        self.assertEqual(struct.unpack(">II", small[16:24]), (64, 64))

    def test_a_photo_that_is_declined_has_no_heat_map(self):
        answer = self.client.analyse(png(200, 200))
        self.assertEqual((answer.status, answer.json()["status"] == "assessed"), (201, False))
        self.assertIsNone(self.client.get("/api/v1/analyses").json()[0]["predicted_class"])
        self.refused(self.client.get(answer.headers["Location"] + "/heatmap.png"), 404, "no_heat_map")

    def test_what_is_no_photo_is_refused_with_its_reason(self):
        self.refused(self.client.analyse(b"hello"), 415, "unsupported_format")
        self.refused(self.client.analyse(PHOTO[:2000]), 422, "damaged_photo")
        self.refused(self.client.analyse(png(20, 20)), 422, "photo_too_small")
        self.refused(self.client.analyse(b"x" * 10_000_001), 413, "photo_too_large")
        self.refused(self.client.analyse(b""), 422, "damaged_photo")
        self.refused(self.client.analyse(PHOTO, ("model", None, b"none")), 404, "model_not_found")
        self.refused(self.client.analyse(PHOTO, ("operating_point", None, b"high")), 400, "usage")
        self.refused(self.client.analyse(PHOTO, ("colour", None, b"red")), 400, "usage")
        self.refused(self.client.analyse(PHOTO, ("photo", "b.jpg", PHOTO)), 400, "usage")
        self.refused(self.client.ask("POST", "/api/v1/analyses", b"{}", {"Content-Type": "application/json"}), 400, "usage")
        content_type, body = form(("photo", "a.jpg", PHOTO))
        for broken in (body[:-8], body.replace(b"Content-Disposition", b"Content-Position"), b""):
            self.refused(self.client.ask("POST", "/api/v1/analyses", broken, {"Content-Type": content_type}), 400, "usage")

    def test_what_may_come_once_is_refused_twice(self):
        for twice in ("model", "operating_point", "stability"):
            value = {"model": b"fast", "operating_point": b"balanced", "stability": b"true"}[twice]
            answer = self.client.analyse(PHOTO, (twice, None, value), (twice, None, value))
            self.refused(answer, 400, "usage")
            self.assertEqual(answer.json()["detail"], f"{twice} is there twice")
        content_type, body = form(("photo", "a.jpg", PHOTO), ("model", None, b"fast"))
        self.refused(self.client.ask("POST", "/api/v1/analyses?model=fast", body, {"Content-Type": content_type}), 400, "usage")
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("a.jpg", PHOTO)
        content_type, body = form(("photo", "a.jpg", PHOTO), ("archive", "a.zip", packed.getvalue()))
        for path in ("/api/v1/analyses", "/api/v1/batches"):
            answer = self.client.ask("POST", path, body, {"Content-Type": content_type})
            self.refused(answer, 400, "usage")
            self.assertIn("one or the other", answer.json()["detail"])

    def test_media_types_are_the_same_in_any_case(self):
        content_type, body = form(("photo", "a.jpg", PHOTO))
        for type_, content in ((content_type.replace("multipart/form-data", "Multipart/Form-Data"), body), ("IMAGE/JPEG", PHOTO),
                               ("Application/Octet-Stream; x=y", PHOTO)):
            self.assertEqual(self.client.ask("POST", "/api/v1/analyses", content, {"Content-Type": type_}).status, 201, type_)
        answer = self.client.ask("POST", "/api/v1/analyses", PHOTO, {"Content-Type": "application/octet-streams"})
        self.refused(answer, 400, "usage")

    def test_a_mistyped_parameter_is_no_default(self):
        answer = self.client.ask("POST", "/api/v1/analyses?operating_ponit=rule_out", PHOTO, {"Content-Type": "image/jpeg"})
        self.refused(answer, 400, "usage")
        self.assertIn('"operating_ponit"', answer.json()["detail"])
        answer = self.client.ask("POST", "/api/v1/analyses?model=fast&model=none", PHOTO, {"Content-Type": "image/jpeg"})
        self.assertEqual(answer.json()["detail"], 'the parameter "model" is there twice')
        self.refused(self.client.get("/api/v1/version?pretty=1"), 400, "usage")

    def test_a_body_that_is_too_large_is_refused_before_it_comes(self):
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=10) as connection:
            connection.sendall(b"POST /api/v1/analyses HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n")
            self.assertIn(b" 413 ", connection.recv(4096))

    def test_the_head_of_a_chunk_has_an_end(self):
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=10) as connection:
            connection.sendall(b"POST /api/v1/analyses HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1;")
            connection.sendall(b"x" * 200_000)
            self.assertIn(b" 400 ", connection.recv(4096))

    def test_addresses_and_methods_that_are_none(self):
        self.refused(self.client.get("/api/v1/nothing"), 404, "not_found")
        self.refused(self.client.get("/api/../etc/passwd"), 400, "usage")
        self.refused(self.client.get("/%00"), 400, "usage")
        answer = self.client.ask("PUT", "/api/v1/analyses", b"")
        self.refused(answer, 405, "method_not_allowed")
        self.assertEqual(answer.headers["Allow"], "POST, GET")
        self.refused(self.client.ask("PATCH", "/api/v1/session"), 405, "method_not_allowed")
        for request in (b"\x16\x03\x01\x02\r\n\r\n", b"GET / HTTP/1.1\r\nHost\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", self.server.port), timeout=10) as connection:
                connection.sendall(request)
                self.assertIn(b" 400 ", connection.recv(4096))
        answer = self.client.get("/", X_Long="x" * 20000)
        self.refused(answer, 431, "headers_too_large")

    def test_other_peoples_pages_may_not_use_this_browser(self):
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
            self.refused(self.client.ask("DELETE", "/api/v1/session", headers=headers), 403, "forbidden")
        own = {"Origin": f"http://127.0.0.1:{self.server.port}", "Sec-Fetch-Site": "same-origin"}
        self.assertEqual(self.client.ask("DELETE", "/api/v1/session", headers=own).status, 204)
        for path in ("/api/v1/session", "/%61pi/v1/session"):
            self.refused(self.client.get(path, Sec_Fetch_Site="cross-site"), 403, "forbidden")
        self.assertEqual(self.client.get("/", Sec_Fetch_Site="cross-site").status, 200, "a link to us is none of that")
        self.refused(self.client.get("/api/v1/version", Host="evil.example"), 403, "forbidden")
        self.assertNotIn("Access-Control-Allow-Origin", self.client.get("/api/v1/version", Origin="https://evil.example").headers)

    def test_pages_forbid_whatever_is_not_theirs(self):
        answer = self.client.get("/")
        self.assertEqual(answer.status, 200)
        policy = answer.headers["Content-Security-Policy"]
        self.assertNotIn("unsafe", policy)
        self.assertIn("default-src 'none'", policy)
        self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(answer.headers["Cache-Control"], "no-cache")
        self.assertEqual(self.client.get("/", If_None_Match=answer.headers["ETag"]).status, 304)
        head = self.client.ask("HEAD", "/")
        self.assertEqual((head.status, head.body), (200, b""))
        self.assertEqual(head.headers["Content-Length"], str(len(answer.body)))
        packed = self.client.get("/docs", Accept_Encoding="gzip")
        self.assertEqual(packed.status, 200)
        self.assertEqual(self.client.get("/api/v1/version").headers["Cache-Control"], "no-store")

    def test_session_settings_change_together_or_not_at_all(self):
        answer = self.client.get("/api/v1/session")
        self.assertEqual(answer.json()["settings"], {"model": "fast", "operating_point": "balanced", "language": "en"})
        self.assertEqual(answer.json()["limits"]["max_file_size_bytes"], 10_000_000)

        def put(settings):
            return self.client.ask("PUT", "/api/v1/session", json.dumps({"settings": settings}).encode())
        self.assertEqual(put({"language": "de", "operating_point": "rule_out"}).json()["settings"]["language"], "de")
        self.refused(put({"language": "es", "model": "none"}), 404, "model_not_found")
        for language in ("zz", "de-CH"):
            self.refused(put({"language": language}), 400, "usage")
        self.refused(self.client.ask("PUT", "/api/v1/session", b'{"settings": {"language": "es"}, "langage": "es"}'), 400, "usage")
        self.refused(put({"colour": "red"}), 400, "usage")
        self.refused(put({"language": 3}), 400, "usage")
        self.refused(self.client.ask("PUT", "/api/v1/session", b"[1"), 400, "usage")
        self.assertEqual(self.client.get("/api/v1/session").json()["settings"]["language"], "de")

    def sessions(self):
        return [line for line in self.client.get("/metrics").body.decode().splitlines() if line.startswith("nevus_sessions ")]

    def test_who_gets_no_answer_gets_no_session(self):
        before = self.sessions()
        self.refused(self.client.analyse(b"hello"), 415, "unsupported_format")
        self.assertIsNone(self.client.cookie)
        self.assertEqual(self.sessions(), before)

    def test_the_end_of_a_session_takes_everything_along(self):
        base = self.client.analyse().headers["Location"]
        answer = self.client.ask("DELETE", "/api/v1/session")
        self.assertEqual(answer.status, 204)
        self.assertIn("Max-Age=0", answer.headers["Set-Cookie"])
        self.client.cookie = self.client.cookie or "nevus_session="
        self.refused(self.client.get(base), 404, "not_found")

    def events(self, path, **headers):
        text = self.client.get(path, **headers).body.decode()
        return [dict(line.split(": ", 1) for line in event.split("\n") if not line.startswith(":"))
                for event in text.strip().split("\n\n")]

    def test_a_batch_has_a_row_for_every_photo(self):
        content_type, body = form(("photo", "a.jpg", PHOTO), ("photo", "no.txt", b"hello"), ("photo", "b.jpg", MELANOMA))
        answer = self.client.ask("POST", "/api/v1/batches", body, {"Content-Type": content_type})
        self.assertEqual((answer.status, answer.json()["total"]), (202, 3), answer.body)
        base = answer.headers["Location"]
        events = self.events(base + "/events")
        rows = [json.loads(event["data"]) for event in events if event["event"] == "row"]
        self.assertEqual(sorted(row["index"] for row in rows), [0, 1, 2])
        self.assertEqual({row["name"]: row["error"] and row["error"]["code"] for row in rows},
                         {"a.jpg": None, "no.txt": "unsupported_format", "b.jpg": None})
        self.assertEqual(json.loads(events[-1]["data"]), {"done": 3, "total": 3, "failed": 1})
        self.assertEqual(events[-1]["event"], "done")
        again = self.events(base + "/events", Last_Event_ID="2")
        self.assertEqual([event["id"] for event in again if event["event"] == "row"], ["3"])

        self.assertEqual(self.client.get(base).json()["state"], "done")
        csv = self.client.get(base + "/results.csv").body.decode().splitlines()
        self.assertEqual([line.split(",")[0] for line in csv], ["image", "a.jpg", "no.txt", "b.jpg"])
        lines = self.client.get(base + "/results.jsonl").body.decode().splitlines()
        self.assertEqual([json.loads(line)["status"] for line in lines], ["assessed", "failed", "assessed"])
        photo = [row["analysis_id"] for row in rows if row["name"] == "a.jpg"][0]
        self.assertEqual(self.client.get(f"/api/v1/analyses/{photo}/photo").body, PHOTO)
        self.refused(self.server.client().get(base), 404, "not_found")
        self.assertEqual(self.client.ask("DELETE", base).status, 204)
        self.refused(self.client.get(base), 404, "not_found")

    def test_a_zip_is_a_batch(self):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("one/a.jpg", PHOTO)
            archive.writestr("__MACOSX/one/._a.jpg", b"x")
            archive.writestr("readme.txt", b"x")
        content_type, body = form(("archive", "a.zip", packed.getvalue()))
        answer = self.client.ask("POST", "/api/v1/batches", body, {"Content-Type": content_type})
        self.assertEqual((answer.status, answer.json()["total"]), (202, 1), answer.body)
        rows = [event for event in self.events(answer.headers["Location"] + "/events") if event["event"] == "row"]
        self.assertEqual([json.loads(row["data"])["name"] for row in rows], ["one/a.jpg"])
        self.refused(self.client.ask("POST", "/api/v1/batches", b"PK no", {"Content-Type": "application/zip"}), 400, "usage")

    def test_each_photo_of_a_zip_has_its_own_error(self):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("big.jpg", b"\0" * 30_000_000)
            archive.writestr("good.jpg", PHOTO)
            for name in ("broken.jpg", "locked.jpg"):
                archive.writestr(zipfile.ZipInfo(name), PHOTO)  # stored
            begin = {entry.filename: entry.header_offset for entry in archive.infolist()}
        content = bytearray(packed.getvalue())
        content[begin["broken.jpg"] + 1000] ^= 1  # so that its CRC is wrong
        for header, flags_at in ((begin["locked.jpg"], 6), (content.rindex(b"PK\1\2"), 8)):
            content[header + flags_at] |= 1  # says that it is encrypted
        answer = self.client.ask("POST", "/api/v1/batches", bytes(content), {"Content-Type": "application/zip"})
        self.assertEqual((answer.status, answer.json()["total"]), (202, 4), answer.body)
        rows = [json.loads(event["data"]) for event in self.events(answer.headers["Location"] + "/events")
                if event["event"] == "row"]
        self.assertEqual({row["name"]: row["error"] and row["error"]["code"] for row in rows},
                         {"big.jpg": "photo_too_large", "good.jpg": None, "broken.jpg": "damaged_photo",
                          "locked.jpg": "unsupported_format"})
        lines = self.client.get(answer.headers["Location"] + "/results.csv").body.decode().splitlines()
        self.assertEqual(len(lines), 5)

    def test_the_list_of_files_of_a_zip_has_an_end(self):
        count = 800_000
        entry = b"PK\1\2" + bytes(42)
        def end(entries, size, comment=b""):
            return b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, entries % 65536, entries % 65536, size, 0, len(comment)) + comment
        # The second one shows a small list to who looks at the last record alone.
        for packed in (entry * count + end(count, 46 * count), entry * count + end(count, 46 * count, end(0, 0)),
                       b"PK\6\7" + bytes(16) + end(0, 0)):
            before = time.monotonic()
            answer = self.client.ask("POST", "/api/v1/batches", packed, {"Content-Type": "application/zip"})
            self.refused(answer, 400, "usage")
            self.assertRegex(answer.json()["detail"], "the archive's list of files has 36800000 bytes|is a ZIP64")

    def test_examples_are_photos_that_can_be_analysed(self):
        examples = self.client.get("/api/v1/examples").json()
        self.assertEqual(len(examples), 6)
        for example in examples:
            photo = self.client.get("/api/v1/examples/" + example["name"])
            self.assertEqual(photo.body, (SOURCE / "examples" / example["name"]).read_bytes())
        self.refused(self.client.get("/api/v1/examples/README.md"), 404, "not_found")

    def test_the_openapi_document_knows_every_answer_of_the_others(self):
        document = self.client.get("/openapi.json").json()
        self.assertEqual(document["openapi"], "3.1.0")
        self.assertIn("413", document["paths"]["/api/v1/analyses"]["post"]["responses"])
        self.assertIn("504", document["paths"]["/api/v1/analyses"]["get"]["responses"], "a long list is work")
        self.assertIn("404", document["paths"]["/api/v1/batches"]["post"]["responses"])
        self.assertNotIn("no_heat_map", json.dumps(document["paths"]["/v2/models/{id}/infer"]))
        self.assertNotIn("422", document["paths"]["/api/v1/batches"]["post"]["responses"], "rows say what is wrong with photos")
        for path in ("/api/v1/analyses", "/api/v1/batches"):
            bodies = document["paths"][path]["post"]["requestBody"]["content"]
            self.assertLess({"image/*", "application/octet-stream", "application/dicom"}, set(bodies))
        text = json.dumps(document)
        for reference in set(part.split('"')[0] for part in text.split('"$ref": "#/components/schemas/')[1:]):
            self.assertIn(reference, document["components"]["schemas"])
        self.assertIn(b"<code>/api/v1/batches/{id}/events</code>", self.client.get("/docs").body)

    def test_metrics_count_what_happened_and_name_nobody(self):
        self.client.analyse()
        metrics = self.client.get("/metrics").body.decode()
        self.assertIn('nevus_requests_total{route="/api/v1/analyses",method="POST",code="201"}', metrics)
        self.assertIn('nevus_stage_seconds_bucket{stage="network",le="+Inf"}', metrics)
        self.assertIn("nevus_queue_depth 0", metrics)
        self.assertNotIn("a.jpg", metrics)
        self.assertNotIn(self.client.cookie.split("=")[1], metrics)
        for line in metrics.splitlines():
            self.assertRegex(line, r'^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? [-+.\deE]+)$')

    def test_a_client_that_leaves_does_not_disturb_the_next(self):
        content_type, body = form(("photo", "a.jpg", PHOTO))
        head = (f"POST /api/v1/analyses HTTP/1.1\r\nHost: localhost\r\nContent-Type: {content_type}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n").encode()
        for part in (head[:30], head, head + body[:100], head + body):
            with socket.create_connection(("127.0.0.1", self.server.port)) as connection:
                connection.sendall(part)
        self.assertEqual(self.client.analyse().status, 201)

    def test_requests_that_come_at_once_on_one_connection_are_answered_in_turn(self):
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=10) as connection:
            connection.sendall(b"GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2 +
                               b"GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            received = b""
            while part := connection.recv(65536):
                received += part
        self.assertEqual(received.count(b"HTTP/1.1 200 OK"), 3)

    def test_inference_protocol_answers_as_the_photo_does(self):
        analysis = self.client.analyse().json()
        self.assertEqual(self.client.get("/v2/models/fast").json()["inputs"][0]["shape"], [-1, 3, 192, 192])
        header = json.dumps({"id": "7", "inputs": [{"name": "photo", "shape": [1], "datatype": "BYTES",
                                                    "parameters": {"binary_data_size": len(PHOTO) + 4}}],
                             "outputs": [{"name": "probabilities"}]}).encode()
        answer = self.client.ask("POST", "/v2/models/fast/infer", header + struct.pack("<I", len(PHOTO)) + PHOTO,
                                 {"Inference-Header-Content-Length": str(len(header))})
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(answer.json()["id"], "7")
        for value, wanted in zip(answer.json()["outputs"][0]["data"], analysis["probabilities"].values()):
            self.assertAlmostEqual(value, wanted, places=5)
        for body in (b"", b"{}", b'{"inputs":[{"name":"image","shape":[1,3,2,2],"datatype":"FP32","data":[1]}]}',
                     b'{"inputs":[{"name":"image","shape":[-1],"datatype":"FP32","data":[]}]}'):
            answer = self.client.ask("POST", "/v2/models/fast/infer", body)
            self.refused(answer, 400, "usage")
            self.assertEqual(answer.json()["error"], answer.json()["detail"])
        for answer, status in ((self.client.get("/v2/nothing"), 404), (self.client.ask("DELETE", "/v2/models/fast"), 405),
                               (self.client.ask("POST", "/v2/models/fast/infer?what=1", b"{}"), 400),
                               (self.client.ask("POST", "/v2/models/fast/infer", b" " * 33_000_000), 413)):
            self.assertEqual((answer.status, answer.json()["error"]), (status, answer.json()["detail"]))
        explained = self.client.ask("POST", "/v2/models/fast/explain", header.replace(b"probabilities", b"heat") +
                                    struct.pack("<I", len(PHOTO)) + PHOTO,
                                    {"Inference-Header-Content-Length": str(len(header) - 9)})
        self.assertEqual(explained.status, 200, explained.body)
        self.assertAlmostEqual(max(explained.json()["outputs"][0]["data"]), 1, places=3)

    def test_a_version_may_stand_in_the_address(self):
        version = self.client.get("/v2/models/fast").json()["versions"][0]
        body = json.dumps({"inputs": [{"name": "photo", "shape": [1], "datatype": "BYTES",
                                       "data": [base64.b64encode(PHOTO).decode()]}]}).encode()
        base = "/v2/models/fast/versions/"
        self.assertEqual(self.client.get(base + version).json(), self.client.get("/v2/models/fast").json())
        self.assertTrue(self.client.get(base + version + "/ready").json()["ready"])
        self.assertEqual(self.client.ask("POST", base + version + "/infer", body).json()["model_version"], version)
        self.assertEqual(self.client.ask("POST", base + version + "/explain", body).status, 200)
        for answer in (self.client.get(base + "1"), self.client.get(base + "1/ready"),
                       self.client.ask("POST", base + "1/infer", body), self.client.ask("POST", base + "1/explain", body)):
            self.refused(answer, 404, "model_not_found")
            self.assertEqual(answer.json()["error"], f'the model fast has the version {version} here, and no "1"')

    def test_reloading_fails_no_request(self):
        failures = []

        def ask():
            client = self.server.client()
            for _ in range(8):
                answer = client.analyse()
                if answer.status != 201:
                    failures.append(answer.body)
        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        for _ in range(3):
            self.server.process.send_signal(signal.SIGHUP)
            time.sleep(0.02)
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertEqual(self.client.get("/api/v1/models").json()[0]["state"], "ready")


class Reloading(unittest.TestCase):
    def test_whoever_asks_while_a_reload_is_waiting_gets_that_one(self):
        with tempfile.TemporaryDirectory() as models:
            shutil.copytree(SOURCE / "models" / "fast", pathlib.Path(models) / "fast")
            with running("--models", models, "--log-format", "json") as server:
                for _ in range(30):
                    server.process.send_signal(signal.SIGHUP)
                    time.sleep(0.005)
                code, log = server.stop()
        self.assertEqual(code, 0)
        lines = [json.loads(line)["message"] for line in log.splitlines()]
        self.assertGreater(lines.count("reading keys and networks again"), 15)
        self.assertLess(lines.count("model is ready"), 10, "it would stop no sooner than after the last one")


class Limits(unittest.TestCase):
    def test_all_that_a_session_keeps_counts(self):
        with running("--session-memory-mb", "1", "--rate-limit-per-min", "0") as server:
            def held():
                metrics = server.client().get("/metrics").body.decode()
                return int(re.search(r"^nevus_session_bytes (\d+)", metrics, re.MULTILINE)[1])
            client, photo = server.client(), png(64, 64)
            for number in range(20):
                answer = client.ask("POST", "/api/v1/analyses?name=" + "x" * 15_000, photo, {"Content-Type": "image/png"})
                self.assertEqual(answer.status, 201, answer.body)
            name = answer.json()["input"]["name"]
            self.assertEqual(name, "x" * 255)
            kept = sum(len(client.get("/api/v1/analyses/" + row["id"]).body) for row in client.get("/api/v1/analyses").json())
            self.assertGreater(held(), kept)
            content_type, body = form(*[("photo", "a.png", photo)] * 20)
            before = held()
            batch = client.ask("POST", "/api/v1/batches", body, {"Content-Type": content_type}).headers["Location"]
            client.get(batch + "/events")
            lines = client.get(batch + "/results.jsonl").body
            self.assertGreater(held() - before, 2 * len(lines), "answers and rows of the batch")
            self.assertEqual(client.ask("DELETE", "/api/v1/session").status, 204)
            self.assertEqual(held(), 0)
            for number in range(300):
                answer = server.client().ask("POST", "/api/v1/analyses", photo, {"Content-Type": "image/png"})
                self.assertEqual(answer.status, 201, answer.body)
            self.assertLess(held(), 1_100_000)

    def test_a_full_session_says_so(self):
        with running("--max-session-photos", "1") as server:
            client = server.client()
            self.assertEqual(client.analyse().status, 201)
            answer = client.analyse()
            self.assertEqual((answer.status, answer.json()["code"]), (409, "session_full"))
            self.assertEqual(server.client().analyse().status, 201)

    @unittest.skipIf(os.environ.get("NEVUS_SANITIZED"), "a sanitizer takes memory of its own")
    def test_a_zip_is_unpacked_no_further_than_there_is_room(self):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for i in range(15):
                archive.writestr(f"{i}.jpg", b"\0" * 9_000_000)
        with running("--session-memory-mb", "10", "--models", one_network_alone()) as server:
            before = server.start_of_peak_bytes()
            answer = server.client().ask("POST", "/api/v1/batches", packed.getvalue(), {"Content-Type": "application/zip"})
            self.assertEqual((answer.status, answer.json()["code"]), (503, "overloaded"), answer.body)
            self.assertLess(server.peak_bytes() - before, 80_000_000)

    @unittest.skipIf(os.environ.get("NEVUS_SANITIZED"), "a sanitizer takes memory of its own")
    def test_json_of_many_small_values_costs_no_more_memory_than_itself(self):
        hollow = hollow_json(31_800_000)
        with running("--models", one_network_alone()) as server:
            before, statuses = server.start_of_peak_bytes(), []

            def ask():
                statuses.append(server.client().ask("POST", "/v2/models/fast/infer", hollow).status)
            threads = [threading.Thread(target=ask) for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(statuses, [400, 400])
            self.assertLess(server.peak_bytes() - before, 250_000_000)

    def test_a_new_session_takes_the_place_of_one_that_nobody_came_back_to(self):
        with running("--max-sessions", "2") as server:
            mine = server.client()
            base = mine.analyse().headers["Location"]
            self.assertEqual(mine.get(base).status, 200)
            for _ in range(5):
                self.assertEqual(server.client().analyse().status, 201)
            self.assertEqual(mine.get(base).status, 200, "a flood of strangers pushed a session out that was in use")

    def test_the_rate_limit_says_when_to_come_back(self):
        with running("--rate-limit-per-min", "60") as server:
            client = server.client()
            statuses = [client.get("/api/v1/version").status for _ in range(70)]
            self.assertEqual(statuses[:50], [200] * 50)
            answer = client.get("/api/v1/version")
            self.assertEqual(answer.status, 429)
            self.assertIn(f"wait {answer.headers['Retry-After']} s", answer.json()["detail"])
            self.assertEqual(client.get("/v2/health/live").status, 200, "health is never limited")

    @unittest.skipIf(os.environ.get("NEVUS_SANITIZED") == "thread", "it needs `accurate`, which takes minutes there")
    def test_an_answer_that_came_too_late_is_not_kept(self):
        with running("--deadline-s", "1", "--rate-limit-per-min", "0", "--models", str(SOURCE / "models")) as server:
            client = server.client()
            client.analyse()
            photo, statuses = MELANOMA, []

            def ask(number):
                # Other bytes each, or the answer would be known already.
                statuses.append(client.analyse(photo + bytes([number]), ("model", None, b"accurate"), ("stability", None, b"true")).status)
            threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertIn(504, statuses)
            while not re.search(r"^nevus_workers_busy 0$", client.get("/metrics").body.decode(), re.MULTILINE):
                time.sleep(0.05)
            self.assertEqual(len(client.get("/api/v1/analyses").json()), 1 + statuses.count(201))

    def test_a_full_queue_says_503_and_loses_nothing(self):
        with running("--queue-length", "1") as server:
            statuses = []

            def ask():
                statuses.append(server.client().analyse().status)
            threads = [threading.Thread(target=ask) for _ in range(24)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(set(statuses), {201, 503})

    def test_a_slow_client_does_not_hold_up_another(self):
        with running("--max-connections-per-address", "1000") as server:
            slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(300)]
            for connection in slow[:100]:
                connection.sendall(b"POST /api/v1/analyses HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n\r\nx")
            self.assertEqual(server.client().analyse().status, 201)
            for connection in slow:
                connection.close()

    def test_too_many_connections_of_one_address_are_turned_away(self):
        with running("--max-connections-per-address", "2") as server:
            kept = [http.client.HTTPConnection("127.0.0.1", server.port) for _ in range(2)]
            for connection in kept:
                connection.request("GET", "/v2/health/live")
                connection.getresponse().read()
            with self.assertRaises((ConnectionError, http.client.BadStatusLine)):
                server.client().get("/v2/health/live")
            kept[0].close()
            time.sleep(0.2)
            self.assertEqual(server.client().get("/v2/health/live").status, 200)

    def test_who_never_hangs_up_after_the_last_event_holds_no_place(self):
        with running("--max-connections-per-address", "2") as server:
            client = server.client()
            base = client.analyse().headers["Location"]
            body = b'{"source": "offline"}'
            head = (f"POST {base}/narrative HTTP/1.1\r\nHost: localhost\r\nCookie: {client.cookie}\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n").encode()
            with contextlib.ExitStack() as kept:
                for _ in range(2):
                    connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
                    kept.enter_context(connection)
                    connection.sendall(head + body)
                    while connection.recv(65536):  # until the server has said all
                        pass
                time.sleep(0.2)
                self.assertEqual(client.get("/v2/health/live").status, 200)


if __name__ == "__main__":
    unittest.main()
