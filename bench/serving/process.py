# SPDX-License-Identifier: MIT
"""process.py COMMAND...: runs it with its output thrown away; prints wall time (s) and peak memory (MB) of the process."""
import os
import subprocess
import sys
import time

start = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
seconds = time.perf_counter() - start
if status != 0:
    sys.exit(f"process.py: {' '.join(sys.argv[1:])} ended with status {os.waitstatus_to_exitcode(status)}")
print(f"{seconds:.4f} {usage.ru_maxrss * 1024 / 1e6:.1f}")
