# SPDX-License-Identifier: MIT
"""soak.py NEVUS SECONDS: mixed load with broken clients beside 2,000 idle connections and 200 slow writers, while the
networks are read again and again.

Asserts that every answer has the right code, that the server lives and ends well (a sanitizer that found something makes
it end otherwise), and prints how its memory went and what an ordinary client waited.
"""
import collections
import pathlib
import random
import signal
import socket
import statistics
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests/server"))
import nevus_server  # noqa: E402

nevus_server.PROGRAM, seconds = str(pathlib.Path(sys.argv[1]).resolve()), float(sys.argv[2])
PHOTO = nevus_server.PHOTO
HOLLOW = nevus_server.hollow_json(31_800_000)
codes, wrong, times = collections.Counter(), [], []


def memory_mb(process):
    for line in open(f"/proc/{process}/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024 / 1e6


def expect(answer, *wanted):
    codes[answer.status] += 1
    if answer.status not in wanted:
        wrong.append((answer.status, wanted, answer.body[:200]))


def look_at_one(client, chance):
    start = time.perf_counter()
    answer = client.analyse()
    times.append((time.perf_counter() - start) * 1000)
    expect(answer, 201)
    if answer.status != 201:
        return
    base = answer.headers["Location"]
    # A session may have to make room for those that came later, so that 404 is right as well.
    if chance.random() < 0.3:
        expect(client.get(base + "/heatmap.png"), 200, 404)
    if chance.random() < 0.1:
        expect(client.get(base + chance.choice(["/report.pdf", "/report.dcm", "/report.fhir.json"])), 200, 404)
    if chance.random() < 0.3:
        expect(client.ask("POST", base + "/narrative", b"{}"), 200, 404)
    if chance.random() < 0.5:
        expect(client.ask("DELETE", "/api/v1/session"), 204)


def send_broken_photo(client, chance):
    broken = bytearray(PHOTO)
    for _ in range(30):
        broken[chance.randrange(len(broken))] = chance.randrange(256)
    expect(client.analyse(bytes(broken)), 201, 413, 415, 422)


def send_cut_photo(client, chance):
    expect(client.analyse(PHOTO[:chance.randrange(len(PHOTO))]), 415, 422)


def send_too_much(client, _):
    expect(client.analyse(b"\0" * 10_100_000), 413)


def send_hollow_json(client, _):
    expect(client.ask("POST", "/v2/models/fast/infer", HOLLOW), 400, 503)


def begin_request(client, line, headers, body, share):
    """A connection on which this share of a request was sent."""
    headers = {"Host": "localhost", "Content-Length": len(body), **headers}
    if client.cookie:
        headers["Cookie"] = client.cookie
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    whole = f"{line} HTTP/1.1\r\n{head}\r\n".encode() + body
    connection = socket.create_connection(("127.0.0.1", client.port), timeout=60)
    connection.sendall(whole[:int(share * len(whole))])
    return connection


def leave_while_sending(client, chance):
    content_type, body = nevus_server.form(("photo", "a.jpg", PHOTO))
    begin_request(client, "POST /api/v1/analyses", {"Content-Type": content_type}, body, chance.random()).close()


def send_many(client, chance):
    photos = [("photo", f"{i}.jpg", PHOTO if i % 2 else PHOTO[:5000]) for i in range(4)]
    content_type, body = nevus_server.form(*photos)
    answer = client.ask("POST", "/api/v1/batches", body, {"Content-Type": content_type})
    expect(answer, 202)
    if answer.status != 202:
        return
    base = answer.headers["Location"]
    if chance.random() < 0.5:
        with begin_request(client, f"GET {base}/events", {}, b"", 1) as connection:
            connection.recv(100)  # and leaves in the middle of the events
    if chance.random() < 0.3:
        expect(client.ask("DELETE", "/api/v1/session"), 204)
        return
    expect(client.get(base + "/events"), 200, 404)
    expect(client.get(base + "/results.csv"), 200, 404)


def ask_for_nothing(client, _):
    expect(client.get("/api/v1/analyses/" + "0" * 32), 404)


KINDS = {look_at_one: 50, send_broken_photo: 10, send_cut_photo: 10, send_too_much: 4, send_hollow_json: 2, leave_while_sending: 15, send_many: 5,
         ask_for_nothing: 6}


def mixed(server, end, chance):
    while time.time() < end:
        kind, = chance.choices(list(KINDS), KINDS.values())
        try:
            kind(server.client(), chance)
        except OSError as error:
            wrong.append((kind.__name__, error))


def main():
    chance = random.Random(1)
    with nevus_server.running("--rate-limit-per-min", "0", "--max-connections-per-address", "4000", "--log-format", "json",
                              # Room for those who came back within the last minute, who are not pushed out; little enough
                              # to be full before the first quarter of ten minutes is over.
                              "--session-memory-mb", "64", "--max-sessions", "4000") as server:
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
            server.process.send_signal(signal.SIGHUP)
            for connection in chance.sample(slow, 100):
                try:
                    connection.sendall(b"x")
                except OSError:
                    pass
        for thread in threads:
            thread.join()
        kept = len(idle)
        peak = server.peak_bytes() / 1e6
        assert server.process.poll() is None, server.log()[-2000:]
        for connection in idle + slow:
            connection.close()
    times.sort()
    print(f"codes {dict(codes)}; {kept} idle connections, 200 slow writers")
    print(f"analyses: p50 {times[len(times) // 2]:.1f} ms, p99 {times[int(len(times) * .99)]:.1f} ms, worst {times[-1]:.1f} ms")
    quarter = max(1, len(readings) // 4)
    warm, last = statistics.median(readings[quarter:2 * quarter]), statistics.median(readings[-quarter:])
    print("memory, MB:", " ".join(f"{reading:.0f}" for reading in readings), f"; peak {peak:.0f}; "
          f"from the second quarter to the last {100 * (last / warm - 1):+.1f} %")
    assert not wrong, wrong[:5]


if __name__ == "__main__":
    main()
