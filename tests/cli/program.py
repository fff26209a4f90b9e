"""Drives the built program as a user would: its exit code, what it prints where, what it leaves on disk."""

import json
import os
import pathlib
import subprocess
import tempfile
import time
import unittest

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("MNEME_PROGRAM", str(CHECKOUT / "build/release/mneme"))

# Small enough that an update takes about a millisecond.
RECIPE = """\
[model]
name = "ntm"
hidden = 8
slots = 6
width = 4

[task]
name = "copy"
bits = 3
max_length = 3
test_lengths = [3, 5]

[training]
length = "60u"
batch_size = 4
validate_every = "20u"
validation_sequences = 16
log_every = "1u"
checkpoint_every = "10u"
test_sequences = 20
milestone = 100.0
milestone_sequences = 4
"""


class ProgramTest(unittest.TestCase):
    """Each test runs in a folder of its own that holds tiny.toml."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="mneme-cli-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.write("tiny.toml", RECIPE)
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("MNEME_") and name not in ("NO_COLOR", "TERM")
        }
        self.environment["OMP_NUM_THREADS"] = "1"
        self.environment["MNEME_HOME"] = str(self.folder)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def start(self, *words, **options):
        """The program, running; its output in pipes."""
        process = subprocess.Popen(
            [PROGRAM, *map(str, words)],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )
        self.addCleanup(self.end, process)
        return process

    def end(self, process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def run_program(self, *words, **environment):
        """Returns (exit code, stdout, stderr)."""
        done = subprocess.run(
            [PROGRAM, *map(str, words)],
            cwd=self.folder,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.returncode, done.stdout, done.stderr

    def expect_error(self, code, text, *words, **environment):
        """The program ends with `code`, its last words on stderr are `text`, and stdout is empty."""
        came, out, err = self.run_program(*words, **environment)
        self.assertEqual((came, out), (code, ""), err)
        self.assertTrue(err.endswith("error: " + text + "\n"), f"stderr is\n{err}expected at its end\n{text}")

    def expect_json(self, *words):
        """The one object that stdout consists of."""
        code, out, err = self.run_program(*words, "--json")
        self.assertEqual(code, 0, err)
        self.assertEqual(out.count("\n"), 1, out)
        result = json.loads(out)
        self.assertEqual(list(result), ["command", "model", "seed", "rows"])
        self.assertIsInstance(result["rows"], list)
        return result

    def files(self):
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*"))

    def metrics(self, run):
        """The lines of a run's metrics.jsonl, without what depends on the clock."""
        lines = []
        for text in (self.folder / run / "metrics.jsonl").read_text().splitlines():
            line = json.loads(text)
            for clocked in ("seconds", "sequences_per_second"):
                line.pop(clocked, None)
            lines.append(line)
        return lines

    def wait_for_update(self, run, update, process):
        """Until the run's metrics have come to `update`."""
        file = self.folder / run / "metrics.jsonl"
        for _ in range(1000):
            if file.exists() and f'"update":{update},' in file.read_text():
                return
            if process.poll() is not None:
                self.fail("the run ended early:\n" + process.communicate()[1])
            time.sleep(0.02)
        self.fail(f"{run} did not come to update {update} in 20 s")
