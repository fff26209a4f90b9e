"""What the verbs print and write when all is well."""

import json
import os
import pathlib
import pty
import unittest

from program import PROGRAM, RECIPE, ProgramTest

VERBS = ["train", "eval", "translate", "generate", "import", "inspect", "jacobian", "report", "export", "bench", "list", "demo", "doctor"]


class Help(ProgramTest):
    def test_overview_names_every_verb(self):
        for words in (["help"], ["--help"], ["-h"]):
            code, out, err = self.run_program(*words)
            self.assertEqual((code, err), (0, ""))
            for verb in VERBS:
                self.assertIn(f"\n  {verb} ", out)

    def test_every_verb_has_examples(self):
        for verb in VERBS:
            code, out, err = self.run_program(verb, "--help")
            self.assertEqual((code, err), (0, ""))
            self.assertIn(f"\nExamples:\n  mneme {verb}", out)
            self.assertTrue(out.endswith("\n"))
            self.assertEqual(self.run_program("help", verb), (0, out, ""))

    def test_version(self):
        code, out, err = self.run_program("version")
        self.assertEqual((code, err), (0, ""))
        self.assertRegex(out, r"^mneme \d+\.\d+\.\d+\n$")
        self.assertEqual(self.run_program("--version")[1], out)


class Listing(ProgramTest):
    def test_everything(self):
        self.write("recipes/ntm/tiny.toml", '[about]\ntitle = "tiny copy"\n' + RECIPE)
        self.write("recipes/ntm/wrong.toml", "[model]\nname = 3\n")
        rows = self.expect_json("list")["rows"]
        names = {(row["kind"], row["name"]) for row in rows}
        self.assertLessEqual({("model", "ntm"), ("model", "lstm"), ("task", "copy"), ("task", "babi")}, names)
        about = {row["name"]: row["about"] for row in rows if row["kind"] == "recipe"}
        self.assertEqual(about["recipes/ntm/tiny.toml"], "tiny copy")
        self.assertIn("wrong.toml:2:1: ", about["recipes/ntm/wrong.toml"])

    def test_options(self):
        for words, key in ((["model", "ntm"], "model.slots"), (["task", "babi"], "task.data"),
                           (["training"], "training.learning_rate")):
            rows = self.expect_json("list", *words)["rows"]
            self.assertIn(key, [row["key"] for row in rows])
            self.assertEqual(set(rows[0]), {"key", "default", "limits", "help"})

    def test_generated_stories(self):
        code, out, err = self.run_program("generate", "babi", "--task", "1", "--seed", "3", "--stories", "2")
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(out.count("\t"), 2 * 5 * 2)
        self.assertEqual(sum(line.startswith("1 ") for line in out.splitlines()), 2)
        again = self.run_program("generate", "babi", "--task", "1", "--seed", "3", "--stories", "2")[1]
        self.assertEqual(again, out)
        rows = self.expect_json("generate", "babi", "--task", "1", "--seed", "3", "--stories", "2")["rows"]
        self.assertEqual(len(rows), 30)
        asked = [row for row in rows if "answer" in row]
        self.assertEqual(len(asked), 10)
        for row in asked:
            fact = next(r for r in rows if r["story"] == row["story"] and r["line"] == row["support"][0])
            self.assertTrue(fact["text"].endswith(row["answer"] + "."), fact)

    def test_doctor(self):
        found = {row["what"]: row["found"] for row in self.expect_json("doctor")["rows"]}
        self.assertTrue(found["torch library"].endswith(".so") or ".so." in found["torch library"])
        self.assertIn("MNEME_DATA is not set", found["data"])
        self.assertIn("cuda", found)


class TrainingResults(ProgramTest):
    def test_train_and_what_follows(self):
        trained = self.expect_json("train", "tiny.toml", "--seed", 7, "--out", "runs/a")
        self.assertEqual((trained["command"], trained["model"], trained["seed"]), ("train", "ntm", 7))
        run, *tests = trained["rows"]
        self.assertEqual((run["kind"], run["run"], run["end"]), ("run", "runs/a", "finished"))
        self.assertEqual((run["updates"], run["sequences"]), (60, 240))
        self.assertEqual(run["milestone_below"], 100.0)
        self.assertGreater(run["milestone_sequences"], 0)
        self.assertGreater(run["milestone_seconds"], 0)
        self.assertEqual([row["length"] for row in tests], [3, 5])

        # The same model, the same seed, as many sequences: the test of the training once more.
        tested = self.expect_json("eval", "runs/a", "--sequences", 20)
        self.assertEqual((tested["command"], tested["model"], tested["seed"]), ("eval", "ntm", 7))
        self.assertEqual(tested["rows"], [{key: row[key] for key in row if key != "kind"} for row in tests])
        self.assertLessEqual({"length", "bits_per_sequence", "wrong_bits_percent"}, set(tested["rows"][0]))
        self.assertEqual(self.expect_json("eval", "runs/a", "test_lengths=[4]")["rows"][0]["length"], 4)

        exported = self.expect_json("export", "runs/a", "zoo/a")
        self.assertEqual((exported["model"], exported["seed"]), ("ntm", 7))
        self.assertEqual(exported["rows"][0]["bytes"], (self.folder / "zoo/a/model.safetensors").stat().st_size)
        self.assertEqual(self.expect_json("eval", "zoo/a", "--sequences", 20)["rows"], tested["rows"])
        self.expect_error(2, "export: got 1 folders, expected the run and the folder to write", "export", "runs/a")

        self.check_thresholds()
        self.check_trace_and_page()
        self.check_colours()

    def test_a_page_of_nets_at_several_prices_of_thinking(self):
        self.write("parity.toml", """\
[model]
name = "act"
cell = "rnn"
hidden = 4
[task]
name = "parity"
size = 4
max_values = 4
test_values = [1, 4]
[training]
length = "2u"
batch_size = 2
validate_every = "2u"
validation_sequences = 2
test_sequences = 4
""")
        self.expect_json("train", "parity.toml", "--sweep", "model.time_penalty=1e-2,1e-3", "--out", "prices")
        self.assertIn("<html", pathlib.Path(self.expect_json("report", "prices")["rows"][0]["report"]).read_text())
        self.expect_json("inspect", "prices", "--out", "prices.json")
        view, = json.loads((self.folder / "prices.json").read_text())["views"]
        self.assertEqual(view["kind"], "ponder-sweep")
        arrays = {array["name"]: array for array in view["arrays"]}
        self.assertEqual(arrays["difficulty"]["values"], [1, 4])
        self.assertEqual([round(price, 6) for price in arrays["time_penalty"]["values"]], [0.001, 0.01])
        self.assertEqual(arrays["ponder"]["shape"], [2, 2])

        self.expect_json("train", "tiny.toml", "--seeds", 2, "--out", "seeds")
        self.expect_error(2, "seeds/seed-1: the recipe has no model.time_penalty, expected a net that thinks as long "
                          "as it wants", "report", "seeds")

    def check_thresholds(self):
        words = ["eval", "runs/a", "--sequences", "5"]
        self.assertEqual(self.run_program(*words, "--max", "wrong_bits_percent=100")[0], 0)
        code, out, err = self.run_program(*words, "--json", "--max", "wrong_bits_percent=1")
        self.assertEqual(code, 5)
        self.assertEqual(len(json.loads(out)["rows"]), 2)  # the result is printed all the same
        self.assertRegex(err, r"error: eval: wrong_bits_percent is [\d.]+ at length 3, expected at most 1\n")
        code, out, err = self.run_program(*words, "--min", "wrong_bits_percent=100.5")
        self.assertEqual(code, 5)
        code, out, err = self.run_program(*words, "--max", "wrong_bit_percent=1")
        self.assertEqual((code, out), (2, ""))
        self.assertTrue(
            err.endswith("eval: unknown figure wrong_bit_percent; did you mean wrong_bits_percent?\n"), err)
        self.expect_error(2, "eval: --max is wrong_bits_percent, expected figure=number",
                          *words, "--max", "wrong_bits_percent")

    def check_trace_and_page(self):
        words = ["inspect", "runs/a", "--sequence", "length=4", "--out", "seen/trace.json"]
        rows = self.expect_json(*words)["rows"]
        self.assertEqual(rows[0]["file"], "seen/trace.json")
        trace = json.loads((self.folder / "seen/trace.json").read_text())
        self.assertEqual(trace["model"], "ntm")
        self.assertEqual(len(trace["views"]), len(rows))
        self.expect_error(
            2, "inspect: --sequence is length, expected name=number with commas between, such as length=20",
            "inspect", "runs/a", "--sequence", "length")

        row = self.expect_json("report", "runs/a")["rows"][0]
        page = self.folder / "runs/a/report.html"
        self.assertEqual(row["report"], str(page))
        self.assertIn("<html", page.read_text())
        row = self.expect_json("report", "runs/a", "--figure", "seen/copy.svg")["rows"][0]
        self.assertEqual(row["figure"], str(self.folder / "seen/copy.svg"))
        self.assertIn("<svg", (self.folder / "seen/copy.svg").read_text())

    def check_colours(self):
        words = ["eval", "runs/a", "--sequences", "1"]
        self.assertNotIn("\x1b", "".join(map(str, self.run_program(*words))))
        self.assertIn("\x1b[1m", self.run_program(*words, "--color=always")[1])
        self.assertIn("\x1b[1m", self.run_in_terminal(*words))
        self.assertNotIn("\x1b[1m", self.run_in_terminal(*words, "--color=never"))
        self.environment["NO_COLOR"] = "1"
        self.assertNotIn("\x1b[1m", self.run_in_terminal(*words))
        del self.environment["NO_COLOR"]

    def run_in_terminal(self, *words):
        """What a terminal gets."""
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(self.folder)
            os.execve(PROGRAM, [PROGRAM, *words], {**self.environment, "TERM": "xterm"})
        shown = b""
        try:
            while block := os.read(terminal, 4096):
                shown += block
        except OSError:  # the other end is closed
            pass
        self.assertEqual(os.waitpid(child, 0)[1], 0, shown)
        os.close(terminal)
        return shown.decode()

    def test_progress(self):
        """A plain line where nobody watches, a line rewritten in place on a terminal."""
        line = (r"update \d+  \d+ sequences  [\d.]+ bits per sequence  [\d,]+ sequences/s  "
                r"0:\d\d done, 0:\d\d left")
        _, _, err = self.run_program("train", "tiny.toml", "--out", "a")
        self.assertRegex(err, r"(?m)^" + line)
        self.assertNotIn("\r", err)
        self.assertRegex(self.run_in_terminal("train", "tiny.toml", "--out", "b"), r"\r\x1b\[K" + line)

    def test_folder_of_a_run(self):
        for folder in ("runs/ntm-copy", "runs/ntm-copy-2"):
            rows = self.expect_json("train", "tiny.toml", "length=1u", "test_sequences=0")["rows"]
            self.assertEqual(rows[0]["run"], folder)

    def test_dry_run_writes_nothing(self):
        before = self.files()
        row = self.expect_json("train", "tiny.toml", "--dry-run", "model.slots=7")["rows"][0]
        self.assertEqual(row["task"], "copy")
        self.assertGreater(row["parameters"], 500)
        self.assertEqual(row["parameter_bytes"], 4 * row["parameters"])
        self.assertEqual(row["longest_sequence"], 7)
        self.assertEqual(self.files(), before)

    def test_dump_recipe(self):
        before = self.files()
        code, minimal, err = self.run_program("train", "tiny.toml", "slots=7", "--dump-recipe", "minimal")
        self.assertEqual((code, err), (0, ""))
        self.assertIn("slots = 7\n", minimal)
        self.assertNotIn("shift_range", minimal)
        code, full, err = self.run_program("train", "tiny.toml", "slots=7", "--dump-recipe", "full")
        self.assertIn("shift_range = 1\n", full)
        self.assertEqual(self.files(), before)
        self.write("full.toml", full)
        self.assertEqual(self.run_program("train", "full.toml", "--dump-recipe", "full")[1], full)

    def test_order_of_settings(self):
        """Recipe, later recipe, environment, command line: what is said later wins."""
        self.write("more.toml", "[model]\nslots = 11\nwidth = 5\nhidden = 9\n")
        self.environment.update(MNEME_MODEL_WIDTH="6", MNEME_MODEL_HIDDEN="10")
        _, text, _ = self.run_program("train", "tiny.toml", "more.toml", "hidden=12",
                                      "--dump-recipe", "minimal")
        self.assertIn("slots = 11\n", text)
        self.assertIn("width = 6\n", text)
        self.assertIn("hidden = 12\n", text)

    def test_demo(self):
        self.write("recipes/ntm/copy.toml", RECIPE)
        code, out, err = self.run_program("demo", "--out", "demo")
        self.assertEqual(code, 0, err)
        self.assertIn("wrong_bits_percent", out)
        page = self.folder / "demo/report.html"
        self.assertTrue(out.endswith(f"\nreport: {page}\n"), out)
        self.assertTrue(page.exists())


if __name__ == "__main__":
    unittest.main()
