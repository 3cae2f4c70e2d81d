# SPDX-License-Identifier: MIT
"""Reports over HTTP: what is typed and signed stands in all of them, and in the audit log."""
import concurrent.futures
import io
import json
import os
import shutil
import subprocess
import tempfile
import unittest
import zipfile

from nevus_server import MELANOMA, PHOTO, PROGRAM, WithServer, form, png, running

TYPED = {"patient": "Ada Example", "born": "1990-01-02", "site": "left forearm", "history": "Grew since May.",
         "analyst": "Dr. Grey"}


def text_of(pdf):
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(pdf)
        file.flush()
        return subprocess.run(["pdftotext", "-layout", file.name, "-"], capture_output=True, text=True, check=True).stdout


def resources(bundle, kind):
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


class Reports(WithServer):
    def put(self, base, tree):
        return self.client.ask("PUT", base + "/occasion", json.dumps(tree), {"Content-Type": "application/json"})

    def refused(self, answer, status, code):
        self.assertEqual((answer.status, answer.json()["code"]), (status, code), answer.body)

    @unittest.skipUnless(shutil.which("pdftotext"), "pdftotext (poppler-utils) is not installed")
    def test_the_pdf_holds_the_answer_and_what_was_typed_in_the_language_that_was_asked_for(self):
        base = self.client.analyse(MELANOMA).headers["Location"]
        self.assertEqual(self.put(base, TYPED).json(), TYPED | {"sign_off": None})
        answer = self.client.get(base + "/report.pdf?language=de&reader=clinician&paper=letter")
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "application/pdf"))
        self.assertRegex(answer.headers["Content-Disposition"], r'^attachment; filename="nevus-[0-9a-f]{8}\.pdf"$')
        text = text_of(answer.body)
        for part in ("VORLÄUFIG", "Melanom", "Wann zum Arzt", *TYPED.values()):
            self.assertIn(part, text)
        again = self.client.get(base + "/report.pdf?language=de&reader=clinician&paper=letter")
        self.assertEqual(again.body, answer.body, "the same request gives the same bytes")
        self.client.ask("PUT", "/api/v1/session", '{"settings": {"language": "es-MX"}}',
                        {"Content-Type": "application/json"})
        self.assertIn("PRELIMINAR", text_of(self.client.get(base + "/report.pdf").body))

    @unittest.skipUnless(shutil.which("pdftotext"), "pdftotext (poppler-utils) is not installed")
    def test_a_sign_off_stands_in_every_report_until_it_is_withdrawn(self):
        base = self.client.analyse(MELANOMA).headers["Location"]
        signed = TYPED | {"sign_off": {"verdict": "override", "reason": "Clinically a blue nevus"}}
        answer = self.put(base, signed).json()
        self.assertRegex(answer["sign_off"]["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertIn("Dr. Grey disagrees with this answer", text_of(self.client.get(base + "/report.pdf").body))
        bundle = self.client.get(base + "/report.fhir.json").json()
        report = resources(bundle, "DiagnosticReport")[0]
        self.assertEqual((report["status"], report["resultsInterpreter"][0]["display"]), ("final", "Dr. Grey"))
        self.assertEqual(report["presentedForm"][0]["contentType"], "application/pdf")
        self.assertEqual(len(resources(bundle, "DocumentReference")), 2, "PDF and heat map")
        self.assertIn(b"VERIFIED", self.client.get(base + "/report.dcm?kind=sr").body)
        # Signed once, whatever is typed elsewhere afterwards.
        again = self.put(base, signed | {"site": "right forearm"}).json()
        self.assertEqual(again["sign_off"], answer["sign_off"])
        self.assertEqual(self.client.get(base + "/occasion").json(), again)
        # Who says nothing of it, perhaps because the answer to it was lost, withdraws nothing.
        self.assertEqual(self.put(base, TYPED | {"analyst": "Dr. White"}).json()["sign_off"], answer["sign_off"])
        self.assertIn("Dr. Grey disagrees with this answer", text_of(self.client.get(base + "/report.pdf").body))
        self.assertIsNone(self.put(base, TYPED | {"sign_off": None}).json()["sign_off"])
        self.assertIn("PRELIMINARY", text_of(self.client.get(base + "/report.pdf").body))

    def test_dicom_comes_in_three_kinds(self):
        base = self.client.analyse(MELANOMA).headers["Location"]
        for query, sop_class in (("", b"1.2.840.10008.5.1.4.1.1.104.1"), ("?kind=pdf", b"1.2.840.10008.5.1.4.1.1.104.1"),
                                 ("?kind=overlay", b"1.2.840.10008.5.1.4.1.1.7"),
                                 ("?kind=sr", b"1.2.840.10008.5.1.4.1.1.88.34")):
            answer = self.client.get(base + "/report.dcm" + query)
            self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "application/dicom"))
            self.assertEqual(answer.body[128:132], b"DICM")
            self.assertIn(sop_class, answer.body[:600])

    def test_a_photo_that_was_declined_has_reports_but_no_heat_map(self):
        grey = png(200, 200)
        base = self.client.analyse(grey).headers["Location"]
        for path in ("/report.pdf", "/report.fhir.json", "/report.dcm", "/report.dcm?kind=sr"):
            self.assertEqual(self.client.get(base + path).status, 200, path)
        self.refused(self.client.get(base + "/report.dcm?kind=overlay"), 404, "no_heat_map")

    def test_what_cannot_stand_in_a_report_is_refused_and_changes_nothing(self):
        base = self.client.analyse().headers["Location"]
        self.put(base, TYPED)
        agree = {"verdict": "agree"}
        for wrong in ([], {"patient": 1}, {"colour": "red"}, {"patient": "x" * 201}, {"history": "x" * 2001},
                      {"sign_off": agree}, {"analyst": "A", "sign_off": {"verdict": "override"}},
                      {"analyst": "A", "sign_off": {"verdict": "perhaps"}}, {"analyst": "A", "sign_off": "agree"},
                      {"analyst": "A\nB", "sign_off": agree}, {"analyst": "x" * 65, "sign_off": agree},
                      {"analyst": "A", "sign_off": agree | {"time": "2020-01-01T00:00:00Z"}}):
            self.refused(self.put(base, wrong), 400, "usage")
        self.assertEqual(self.client.get(base + "/occasion").json(), TYPED | {"sign_off": None})
        for query in ("language=fr", "reader=lawyer", "paper=a5"):
            self.refused(self.client.get(base + "/report.pdf?" + query), 400, "usage")
        self.refused(self.client.get(base + "/report.dcm?kind=mp4"), 400, "usage")
        other = self.server.client()
        for path in ("/occasion", "/report.pdf", "/report.fhir.json", "/report.dcm"):
            self.refused(other.get(base + path), 404, "not_found")

    def test_a_batch_comes_as_a_zip_of_reports(self):
        content_type, body = form(("photo", "zoë/a.jpg", MELANOMA), ("photo", "no.txt", b"hello"),
                                  ("photo", "b.jpg", PHOTO))
        base = self.client.ask("POST", "/api/v1/batches", body, {"Content-Type": content_type}).headers["Location"]
        self.client.get(base + "/events")
        answer = self.client.get(base + "/reports.zip?language=de")
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "application/zip"))
        self.assertIsNone(answer.headers["Content-Length"], "it is sent while it is made")
        with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
            self.assertIsNone(archive.testzip())
            self.assertEqual(archive.namelist(), ["results.csv", "results.jsonl", "001-a.jpg.pdf", "003-b.jpg.pdf"])
            self.assertEqual(archive.read("results.csv"), self.client.get(base + "/results.csv").body)
            self.assertTrue(archive.read("001-a.jpg.pdf").startswith(b"%PDF-"))
        self.refused(self.client.get(base + "/reports.zip?language=fr"), 400, "usage")
        self.refused(self.server.client().get(base + "/reports.zip"), 404, "not_found")


class AuditLog(unittest.TestCase):
    def test_every_answer_and_sign_off_is_recorded_without_names_and_pixels(self):
        with tempfile.TemporaryDirectory() as folder:
            log = os.path.join(folder, "audit.jsonl")
            with running("--audit-log", log) as server:
                client = server.client()
                answers = [client.analyse(MELANOMA), client.analyse(MELANOMA)]
                client.analyse(b"no photo")
                base = answers[0].headers["Location"]
                for sign_off in ({"verdict": "agree"}, {"verdict": "agree"}, None):
                    client.ask("PUT", base + "/occasion", json.dumps(TYPED | {"sign_off": sign_off}),
                               {"Content-Type": "application/json"})
                content_type, body = form(("photo", "jane-doe.jpg", PHOTO))
                batch = client.ask("POST", "/api/v1/batches", body, {"Content-Type": content_type})
                client.get(batch.headers["Location"] + "/events")
            with open(log, encoding="utf-8") as lines:
                text = lines.read()
            records = [json.loads(line) for line in text.splitlines()]
            self.assertEqual([(record["request"], record["status"]) for record in records],
                             [("http analyze", "assessed"), ("http analyze", "assessed"), ("http analyze", "failed"),
                              ("http sign-off", "assessed"), ("http withdraw sign-off", "assessed"),
                              ("http batch", "assessed")])
            self.assertEqual(records[3]["sign_off"]["analyst"], "Dr. Grey")
            self.assertEqual(records[4]["sign_off"], records[3]["sign_off"], "whose was withdrawn")
            self.assertEqual(records[3]["time"], records[3]["sign_off"]["time"], "the time of signing")
            for private in ("jane-doe", "a.jpg", "Ada Example", "left forearm"):
                self.assertNotIn(private, text)
            verified = subprocess.run([PROGRAM, "audit", "verify", log], capture_output=True, text=True)
            self.assertEqual(verified.returncode, 0, verified.stderr)
            self.assertIn("6 records", verified.stdout)

    def test_of_changes_at_the_same_time_each_is_whole_and_a_sign_off_ends_on_purpose_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            log = os.path.join(folder, "audit.jsonl")
            with running("--audit-log", log) as server:
                client = server.client()
                base = client.analyse(MELANOMA).headers["Location"]

                def put(tree):
                    return client.ask("PUT", base + "/occasion", json.dumps(tree), {"Content-Type": "application/json"})

                def notes(number):
                    return dict.fromkeys(TYPED, f"by {number}")

                with concurrent.futures.ThreadPoolExecutor(8) as people:
                    signing = people.submit(put, notes(0) | {"sign_off": {"verdict": "agree"}})
                    typing = [people.submit(put, notes(number)) for number in range(1, 30)]
                    self.assertEqual({one.result().status for one in [signing, *typing]}, {200})
                    kept = client.get(base + "/occasion").json()
                    self.assertEqual(kept.pop("sign_off"), signing.result().json()["sign_off"])
                    self.assertIn(kept, [notes(number) for number in range(30)])
                    changes = [notes(0) | {"sign_off": {"verdict": "agree"} if number % 2 else None}
                               for number in range(30)]
                    self.assertEqual({answer.status for answer in people.map(put, changes)}, {200})
                signed = client.get(base + "/occasion").json()["sign_off"]
            with open(log, encoding="utf-8") as lines:
                said = [record["request"] for record in map(json.loads, lines)][1:]
            self.assertEqual(said, ["http sign-off", "http withdraw sign-off"] * (len(said) // 2) +
                             ["http sign-off"] * (len(said) % 2), "in the order in which they happened")
            self.assertEqual(len(said) % 2 == 1, signed is not None)

    def test_an_answer_whose_record_cannot_be_written_is_not_given(self):
        with tempfile.TemporaryDirectory() as folder:
            with running("--audit-log", folder) as server:
                client = server.client()
                answer = client.analyse()
                self.assertEqual(answer.status, 500, answer.body)
                self.assertNotIn(folder.encode(), answer.body)
                self.assertEqual(client.get("/api/v1/analyses").json(), [])


if __name__ == "__main__":
    unittest.main()
