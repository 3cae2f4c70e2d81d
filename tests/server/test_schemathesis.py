# SPDX-License-Identifier: MIT
"""Whatever the OpenAPI document allows, and some of what it does not, is answered as the document says."""
import pathlib
import subprocess
import sys
import unittest

from nevus_server import running

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


class Schemathesis(unittest.TestCase):
    def test_no_server_error_and_no_undocumented_answer(self):
        with running("--rate-limit-per-min", "0", "--log-format", "json") as server:
            venv = pathlib.Path(sys.executable).parent.parent  # it leaves a folder where it runs
            command = [venv / "bin/schemathesis", "run",
                       f"http://127.0.0.1:{server.port}/openapi.json", "--checks", CHECKS, "--phases", "examples,coverage,fuzzing",
                       "--max-examples", "15", "--seed", "1", "--generation-database", "none", "--no-color"]
            finished = subprocess.run(command, capture_output=True, text=True, timeout=280, cwd=venv)
            self.assertEqual(server.client().analyse().status, 201, "it still works")
        self.assertEqual(finished.returncode, 0, finished.stdout[-6000:] + finished.stderr[-2000:])


if __name__ == "__main__":
    unittest.main()
