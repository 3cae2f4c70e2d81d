# SPDX-License-Identifier: MIT
"""soak.py NEVUS SECONDS: mixed load with broken clients beside 2,000 idle connections and 200 slow writers.

Asserts that every answer has the right code, that the server lives, and prints how its memory went and what an ordinary
client waited.
"""
import collections
import pathlib
import random
import socket
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests/server"))
import nevus_server  # noqa: E402

nevus_server.PROGRAM, seconds = sys.argv[1], float(sys.argv[2])
PHOTO = nevus_server.PHOTO
codes, wrong, times = collections.Counter(), [], []


def memory_mb(process):
    for line in open(f"/proc/{process}/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024 / 1e6


def expect(answer, *wanted):
    codes[answer.status] += 1
    if answer.status not in wanted:
        wrong.append((answer.status, wanted, answer.body[:200]))


def mixed(server, end, chance):
    while time.time() < end:
        client, what = server.client(), chance.random()
        if what < 0.5:
            start = time.perf_counter()
            answer = client.analyse()
            times.append((time.perf_counter() - start) * 1000)
            expect(answer, 201)
            if answer.status == 201 and chance.random() < 0.3:
                expect(client.get(answer.headers["Location"] + "/heatmap.png"), 200)
                expect(client.ask("DELETE", "/api/v1/session"), 204)
        elif what < 0.6:
            broken = bytearray(PHOTO)
            for _ in range(30):
                broken[chance.randrange(len(broken))] = chance.randrange(256)
            expect(client.analyse(bytes(broken)), 201, 413, 415, 422)
        elif what < 0.7:
            expect(client.analyse(PHOTO[:chance.randrange(len(PHOTO))]), 415, 422)
        elif what < 0.75:
            expect(client.analyse(b"\0" * 10_100_000), 413)
        elif what < 0.9:
            content_type, body = nevus_server.form(("photo", "a.jpg", PHOTO))
            head = (f"POST /api/v1/analyses HTTP/1.1\r\nHost: localhost\r\nContent-Type: {content_type}\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n").encode()
            with socket.create_connection(("127.0.0.1", server.port)) as connection:
                connection.sendall((head + body)[:chance.randrange(1, len(head) + len(body))])
        else:
            expect(client.get("/api/v1/analyses/" + "0" * 32), 404)


def main():
    chance = random.Random(1)
    with nevus_server.running("--rate-limit-per-min", "0", "--max-connections-per-address", "4000", "--log-format", "json",
                              "--session-memory-mb", "1") as server:
        idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(2000)]
        slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(200)]
        for connection in slow:
            connection.sendall(b"POST /api/v1/analyses HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90000\r\n\r\nx")
        end = time.time() + seconds
        threads = [threading.Thread(target=mixed, args=(server, end, random.Random(number))) for number in range(4)]
        for thread in threads:
            thread.start()
        readings = []
        while time.time() < end:
            time.sleep(seconds / 20)
            readings.append(memory_mb(server.process.pid))
            for connection in chance.sample(slow, 100):
                try:
                    connection.sendall(b"x")
                except OSError:
                    pass
        for thread in threads:
            thread.join()
        kept = len(idle)
        assert server.process.poll() is None, server.log()[-2000:]
        for connection in idle + slow:
            connection.close()
        code, log = server.stop()
    assert code == 0 and not wrong, wrong[:5]
    times.sort()
    print(f"codes {dict(codes)}; {kept} idle connections, 200 slow writers")
    print(f"analyses: p50 {times[len(times) // 2]:.1f} ms, p99 {times[int(len(times) * .99)]:.1f} ms, worst {times[-1]:.1f} ms")
    print("memory, MB:", " ".join(f"{reading:.0f}" for reading in readings))


if __name__ == "__main__":
    main()
