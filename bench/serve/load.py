# SPDX-License-Identifier: MIT
"""load.py PORT SECONDS CONNECTIONS RATE PHOTO...: posts photos; prints requests/s and p50, p99 (ms), and what failed.

RATE 0: each connection asks again as soon as it is answered. Else so many requests a second in all, at their appointed times
whatever the server does; latency then counts from the appointed time (no coordinated omission).
"""
import http.client
import socket
import sys
import threading
import time
import uuid

port, seconds, connections, rate = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
photos = [open(path, "rb").read() for path in sys.argv[5:]]
boundary = uuid.uuid4().hex
head = f'--{boundary}\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
bodies = [head.encode() + photo + f"\r\n--{boundary}--\r\n".encode() for photo in photos]
headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
times, failures = [], []
start = time.perf_counter() + 0.2


def ask(number):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    turn = number
    while True:
        due = start + turn / rate if rate else time.perf_counter()
        if due > start + seconds:
            return
        time.sleep(max(0.0, due - time.perf_counter()))
        # No cookie goes along: each request is a client of its own, and nothing is answered from a session's memory.
        connection.request("POST", "/api/v1/analyses", bodies[turn % len(bodies)], headers)
        # uvicorn with several workers leaves Nagle's algorithm on: without this each of its answers waits 40 ms for our
        # delayed acknowledgement of its first packet, and we would measure that.
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        response = connection.getresponse()
        response.read()
        (times if response.status == 201 else failures).append((time.perf_counter() - due) * 1000 if response.status == 201 else response.status)
        turn += connections


threads = [threading.Thread(target=ask, args=(number,)) for number in range(connections)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
took = time.perf_counter() - start
times.sort()
print(f"{len(times) / took:.1f} {times[len(times) // 2]:.2f} {times[min(len(times) - 1, int(len(times) * 0.99))]:.2f} {len(failures)}")
