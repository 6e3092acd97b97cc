"""Programs without measure: each is stopped for its own reason, and the harness stays small."""

import json
import os
import subprocess
import sys

import pytest
from bench import write_order

from l2harness.network.loop import Deadline
from l2harness.programs.exit import ExitReason
from l2harness.programs.output import Recorder

WITHIN_S = 60
MOST_MEMORY_BYTES = 200_000_000


class TestOutput:
    """Floods of text."""

    @pytest.mark.parametrize("stream", ["stdout", "stderr"])
    def test_a_flood_is_cut_off(self, run_python, stream):
        """Who prints without end is stopped, with the beginning and the end of it kept."""
        record = run_python(
            f"import sys\nwhile True:\n    sys.{stream}.write('{'x' * 63}\\n' * 64)",
            wall_s=WITHIN_S,
            output_bytes=500_000,
        )
        assert record.exit.reason is ExitReason.OUTPUT_LIMIT
        kept = getattr(record, stream)
        assert kept.startswith(b"x" * 63 + b"\n")
        assert b"bytes not kept" in kept
        assert len(kept) < 500_000

    def test_below_the_limit_it_is_no_flood(self, run_python):
        """As much as is allowed is heard, and the program ends by itself."""
        record = run_python("print('x' * 99_999)", output_bytes=100_000)
        assert record.exit.succeeded
        assert len(record.stdout) == 100_000

    def test_single_bytes(self, run_python):
        """Many small pieces are as bad as a few large ones."""
        record = run_python(
            "import os\nwhile True:\n    os.write(1, b'x')", wall_s=WITHIN_S, output_bytes=300_000
        )
        assert record.exit.reason is ExitReason.OUTPUT_LIMIT

    def test_head_and_tail_are_what_was_written(self):
        """What is kept of a long stream is its first and its last bytes, and how many are not."""
        recorder = Recorder()
        for number in range(1_000_000 // 8):
            recorder.write(b"%07d\n" % number)
        head, _, tail = recorder.content().partition(b"\n[... ")
        assert head.startswith(b"0000000\n0000001\n")
        assert tail.endswith(b"0124999\n")
        missing = int(tail.split()[0])
        kept = len(head) + len(tail.partition(b" ...]\n")[2])
        assert missing + kept == recorder.total_bytes == 1_000_000


class TestTime:
    """Programs that do not come to an end."""

    def test_a_busy_loop_hits_the_cpu_limit(self, run_python):
        """Who only calculates is ended by the kernel, and that is what is said."""
        record = run_python("while True: pass", cpu_s=1, wall_s=WITHIN_S)
        assert record.exit.reason is ExitReason.CPU_LIMIT

    def test_a_sleeper_hits_the_time_limit(self, run_python):
        """Who waits for ever uses no CPU, and is stopped by the clock."""
        record = run_python("import signal\nsignal.pause()", cpu_s=1, wall_s=0.2)
        assert record.exit.reason is ExitReason.WALL_LIMIT


class TestProcesses:
    """Programs that multiply."""

    def test_a_fork_bomb_is_ended(self, run_python):
        """Who has more processes than it may is ended, this program and nobody else."""
        record = run_python(
            "import os, signal\n"
            "try:\n"
            "    while True:\n"
            "        if os.fork() == 0:\n"
            "            signal.pause()\n"
            "except OSError:\n"
            "    signal.pause()",
            processes=20,
            wall_s=WITHIN_S,
        )
        assert record.exit.reason is ExitReason.PROCESS_LIMIT

    def test_threads_count(self, run_python):
        """Threads are no way around it."""
        record = run_python(
            "import threading\n"
            "stop = threading.Event()\n"
            "try:\n"
            "    while True:\n"
            "        threading.Thread(target=stop.wait).start()\n"
            "except RuntimeError:\n"
            "    stop.wait()",
            processes=20,
            wall_s=WITHIN_S,
        )
        assert record.exit.reason is ExitReason.PROCESS_LIMIT

    def test_descriptors(self, run_python):
        """Open files are bounded for each process."""
        record = run_python(
            "import os\n"
            "count = 0\n"
            "try:\n"
            "    while True:\n"
            "        os.dup(0)\n"
            "        count += 1\n"
            "except OSError as error:\n"
            "    print(count + 3, error.errno)",
            files=50,
        )
        assert record.stdout == b"50 24\n"  # EMFILE


class TestDisk:
    """Programs that fill what they may write to."""

    def test_a_full_disk_is_its_own(self, make_stage):
        """One that fills its directory gets ENOSPC; another that runs beside it can write."""
        stage = make_stage(
            {
                "fill": "#!/usr/bin/python3\n"
                "import signal\n"
                "try:\n"
                "    with open('big', 'wb', buffering=0) as file:\n"
                "        while True:\n"
                "            file.write(bytes(65536))\n"
                "except OSError as error:\n"
                "    print(error.errno, flush=True)\n"
                "signal.pause()\n",
                "write": "#!/bin/sh\necho beside > note && cat note\n",
            },
            disk_bytes=1_000_000,
        )
        loop = stage.network.loop
        fill = stage.start("h1", "fill")
        assert loop.wait(lambda: fill.output() == b"28\n", Deadline.after(WITHIN_S))  # ENOSPC
        beside = stage.start("h2", "write")
        assert beside.finish(Deadline.after(WITHIN_S)).succeeded
        assert beside.output() == b"beside\n"
        after = stage.start("h1", "write")
        assert after.finish(Deadline.after(WITHIN_S)).succeeded

    def test_many_small_files(self, run_python):
        """Their number is bounded, too."""
        record = run_python(
            "count = 0\n"
            "try:\n"
            "    while True:\n"
            "        open(f'file{count}', 'w').close()\n"
            "        count += 1\n"
            "except OSError as error:\n"
            "    print(count, error.errno)",
            disk_files=100,
        )
        count, number = map(int, record.stdout.split())
        assert 50 <= count <= 120
        assert number == 28

    def test_one_large_file(self, run_python):
        """A file larger than allowed ends with SIGXFSZ or EFBIG, whatever room there is."""
        record = run_python(
            "try:\n"
            "    with open('/tmp/big', 'wb', buffering=0) as file:\n"
            "        while True:\n"
            "            file.write(bytes(65536))\n"
            "except OSError as error:\n"
            "    print(error.errno)",
            file_bytes=500_000,
        )
        assert record.stdout == b"27\n"  # EFBIG: Python ignores SIGXFSZ


class TestFrames:
    """Floods of frames."""

    def test_a_flood_of_frames(self, make_stage, tmp_path):
        """Who sends without end is stopped for that, and the next run hears nothing of it."""
        lan = tmp_path / "lan.yaml"
        lan.write_text(
            "hosts: {h1: {eth0: lan}, h2: {eth0: lan}}\n"
            "segments: {lan: {kind: hub, driver: wire, min_frame: 60}}\n"
        )
        stage = make_stage(
            {
                "flood": "#!/usr/bin/python3\n"
                "import socket\n"
                "packet = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)\n"
                "packet.bind(('eth0', 0))\n"
                "while True:\n"
                "    packet.send(b'\\xff' * 12 + b'\\x88\\xb5Hi')\n"
            },
            topology=str(lan),
            frames=100,
        )
        flood = stage.start("h1", "flood")
        assert flood.finish(Deadline.after(WITHIN_S)).reason is ExitReason.FRAME_LIMIT
        assert len(stage.network.timeline.frames("h1.eth0")) == 100
        stage.network.begin_run()
        stage.network.settle()
        assert stage.network.timeline.frames() == []


#: A harness that meets a program, and says how large it became.
MEASURE = """
import json, resource, sys
from pathlib import Path
from l2harness.network import entry
entry.enter()
from l2harness.grading.equip import Order, equipped
from l2harness.labs.lab import load_lab
from l2harness.labs.stage import Stage
from l2harness.network.loop import Deadline
folder = Path(sys.argv[1])
order = Order(load_lab(folder / "lab"), folder / "submission", "test", "1")
with equipped(order) as ready:
    slot = ready.slots[0]
    slot.bring_up()
    slot.network.begin_run()
    stage = Stage("test", slot.network, slot.sysfs, ready.equipment)
    program = stage.start("h1", "program")
    ended = program.finish(Deadline.after(60))
    stage.close()
print(json.dumps([ended.reason.value, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024]))
"""

FLOODS = {
    "output limit": "import os\nwhile True: os.write(1, b'y' * 65536)",
    "frame limit": (
        "import socket\n"
        "packet = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)\n"
        "packet.bind(('eth0', 0))\n"
        "data = b'\\xff' * 12 + b'\\x88\\xb5' + bytes(1500)\n"
        "while True: packet.send(data)"
    ),
}


@pytest.mark.parametrize("reason", FLOODS)
def test_the_harness_stays_small(bubblewrap, tmp_path, reason):
    """With a program that floods at full speed the harness stays below 200 MB."""
    (tmp_path / "lan.yaml").write_text(
        "hosts: {h1: {eth0: lan}, h2: {eth0: lan}, h3: {eth0: lan}}\n"
        "segments: {lan: {kind: hub, driver: wire, min_frame: 60}}\n"
    )
    files = {"program": f"#!/usr/bin/python3\n{FLOODS[reason]}\n"}
    write_order(tmp_path / "bench", files, topology=str(tmp_path / "lan.yaml"))
    done = subprocess.run(
        [sys.executable, "-B", "-c", MEASURE, tmp_path / "bench"],
        env={key: value for key, value in os.environ.items() if key != "L2HARNESS_INSIDE"},
        capture_output=True,
        text=True,
        check=True,
        timeout=2 * WITHIN_S,
    )
    ended, size_bytes = json.loads(done.stdout)
    assert ended == reason
    assert 1_000_000 < size_bytes < MOST_MEMORY_BYTES
