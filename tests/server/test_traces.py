# SPDX-License-Identifier: MIT
"""A photo leaves no trace: no file is written, and after the session nothing of it is left in memory."""
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from nevus_server import PHOTO, PROGRAM, form, running

MARKER = b"nevus-marker-7f3a9c51e2d84b60"


def marked(photo):
    """The photo with a comment segment (ITU T.81 B.2.4.5), which every copy of its bytes holds."""
    comment = MARKER * 4
    return photo[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + photo[2:]


def copies_in_memory(process, marker=MARKER):
    """How often it stands in the writable memory of a process."""
    if os.environ.get("NEVUS_SANITIZED"):
        raise unittest.SkipTest("a sanitizer keeps freed memory, and terabytes of its own")
    count = 0
    with open(f"/proc/{process}/maps") as maps, open(f"/proc/{process}/mem", "rb", buffering=0) as memory:
        for line in maps:
            found = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)", line)
            start, end = int(found[1], 16), int(found[2], 16)
            if "w" not in found[3] or found[4].startswith(("[vvar", "[vsyscall")):
                continue
            try:
                memory.seek(start)
                while start < end:
                    block = memory.read(min(end - start, 1 << 26))
                    if not block:
                        break
                    count += block.count(marker)
                    start += len(block)
            except OSError:
                continue
    return count


def look_at_everything(client, photo):
    answer = client.analyse(photo)
    base = answer.headers["Location"]
    typed = {"patient": "Ada", "analyst": "Dr. Grey", "sign_off": {"verdict": "agree"}}
    signed = client.ask("PUT", base + "/occasion", json.dumps(typed), {"Content-Type": "application/json"})
    paths = ["", "/photo", "/photo?max_px=64", "/heatmap.png", "/heatmap.png?layer=heat", "/explanation", "/occasion",
             "/report.json", "/report.pdf", "/report.fhir.json", "/report.dcm", "/report.dcm?kind=overlay",
             "/report.dcm?kind=sr"]
    statuses = [answer.status, signed.status] + [client.get(base + path).status for path in paths]
    content_type, body = form(("photo", "a.jpg", photo), ("photo", "b.jpg", photo))
    batch = client.ask("POST", "/api/v1/batches", body, {"Content-Type": content_type})
    client.get(batch.headers["Location"] + "/events")
    return statuses + [client.get(batch.headers["Location"] + path).status for path in ("/results.csv", "/reports.zip")]


class Traces(unittest.TestCase):
    def test_nothing_of_a_photo_is_left_in_memory_when_its_session_has_ended(self):
        photo = marked(PHOTO)
        with running() as server:
            client = server.client()
            self.assertEqual(set(look_at_everything(client, photo)), {200, 201})
            process = server.process.pid
            if not os.access(f"/proc/{process}/mem", os.R_OK):
                self.skipTest("the memory of another process cannot be read here")
            self.assertGreater(copies_in_memory(process), 0, "the search finds a photo that is there")
            self.assertEqual(client.ask("DELETE", "/api/v1/session").status, 204)
            self.assertEqual(copies_in_memory(process), 0)

    @unittest.skipIf(os.environ.get("NEVUS_SANITIZED"), "the leak sanitizer does not work under strace")
    @unittest.skipUnless(shutil.which("strace"), "strace is not installed")
    def test_no_file_is_written(self):
        with tempfile.TemporaryDirectory() as folder:
            log = os.path.join(folder, "calls")
            # %file: all calls that name a file. Seen from the outside, whatever the libraries do.
            with running(prefix=("strace", "-f", "-qq", "-e", "trace=%file,memfd_create", "-o", log)) as server:
                self.assertEqual(set(look_at_everything(server.client(), PHOTO)), {200, 201})
                server.client().ask("DELETE", "/api/v1/session")
                children = subprocess.run(["pgrep", "-P", str(server.process.pid)], capture_output=True, text=True)
                os.kill(int(children.stdout.split()[0]), 15)
                server.process.wait(60)
            with open(log) as lines:
                calls = [line for line in lines if " = -1 " not in line]
        self.assertGreater(len(calls), 20)
        writing = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|\bcreat\(|rename|unlink|mkdir|mknod|link\(|symlink|truncate|memfd_create")
        written = [line for line in calls if writing.search(line) and "readlink" not in line and "/dev/null" not in line]
        self.assertEqual(written, [])

    @unittest.skipUnless(shutil.which("unshare"), "unshare is not installed")
    def test_a_read_only_file_system_is_enough(self):
        script = "mount -o bind,remount,ro / 2>/dev/null || mount -o remount,bind,ro / ; exec \"$@\""
        probe = subprocess.run(["unshare", "--mount", "sh", "-c", "mount --bind / /mnt && mount -o remount,bind,ro /mnt"],
                               capture_output=True)
        if probe.returncode != 0:
            self.skipTest("mounts cannot be made here")
        script = 'mount --bind / /mnt && mount -o remount,bind,ro /mnt && mount -t proc proc /mnt/proc && exec chroot /mnt "$@"'
        with running(prefix=("unshare", "--mount", "sh", "-c", script, "sh")) as server:
            self.assertEqual(set(look_at_everything(server.client(), PHOTO)), {200, 201})


if __name__ == "__main__":
    unittest.main()
