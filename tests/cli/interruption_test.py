"""Signals, kill -9 and resuming; several seeds."""

import json
import signal
import unittest

from program import ProgramTest

# Some seconds, of which checkpoints take little.
LONG = ["length=2000u", "validate_every=250u", "checkpoint_every=100u"]


class Interruption(ProgramTest):
    def whole_run(self):
        code, out, err = self.run_program("train", "tiny.toml", "--out", "whole", *LONG)
        self.assertEqual(code, 0, err)
        return self.metrics("whole")

    def resume(self, run):
        code, out, err = self.run_program("train", "--resume", run, "--json")
        self.assertEqual(code, 0, err)
        return json.loads(out)

    def stop_with(self, number, run):
        process = self.start("train", "tiny.toml", "--out", run, "--json", *LONG)
        self.wait_for_update(run, 30, process)
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 128 + number, err)
        self.assertIn(f"to go on: mneme train --resume {run}\n", err)
        self.assertEqual(json.loads(out)["rows"][0]["end"], "interrupted")

    def test_stop_resume_and_kill_give_the_same_numbers(self):
        whole = self.whole_run()
        self.stop_with(signal.SIGINT, "interrupted")
        self.assertEqual(self.resume("interrupted")["rows"][0]["updates"], 2000)
        self.assertEqual(self.metrics("interrupted"), whole)

        self.stop_with(signal.SIGTERM, "terminated")
        self.resume("terminated")
        self.assertEqual(self.metrics("terminated"), whole)

        process = self.start("train", "tiny.toml", "--out", "killed", *LONG)
        self.wait_for_update("killed", 150, process)
        process.kill()
        process.wait()
        self.resume("killed")
        self.assertEqual(self.metrics("killed"), whole)

    def test_a_run_is_trained_by_one_process_at_a_time(self):
        process = self.start("train", "tiny.toml", "--out", "busy", *LONG, "length=100000u")
        self.wait_for_update("busy", 30, process)
        code, out, err = self.run_program("train", "--resume", "busy")
        self.assertEqual((code, out), (1, ""))
        self.assertIn("busy: another process is training there; stop it or let it end, then resume", err)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 128 + signal.SIGINT, err)

    def test_second_signal_stops_at_once(self):
        # One update of this takes many seconds.
        process = self.start("train", "tiny.toml", "--out", "slow", "path=composite", "slots=2048",
                             "width=64", "min_length=300", "max_length=300", "batch_size=16",
                             "validation_sequences=1")
        while "training in slow" not in process.stderr.readline():
            self.assertIsNone(process.poll())
        process.send_signal(signal.SIGINT)
        while "the same signal again stops at once" not in process.stderr.readline():
            self.assertIsNone(process.poll())
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=5)
        self.assertEqual(process.returncode, 130)

    def test_longer_run(self):
        self.run_program("train", "tiny.toml", "--out", "run")
        rows = self.expect_json("train", "--resume", "run", "length=80u")["rows"]
        self.assertEqual(rows[0]["updates"], 80)

    def test_resume_takes_no_recipe(self):
        self.expect_error(2, "train: --resume takes the recipe from the run; leave tiny.toml out",
                          "train", "tiny.toml", "--resume", "run")


class Seeds(ProgramTest):
    def test_rows_and_summary(self):
        result = self.expect_json("train", "tiny.toml", "--seeds", 3, "--seed", 5, "--out", "runs/many")
        self.assertEqual(result["seed"], 5)
        kinds = [row["kind"] for row in result["rows"]]
        self.assertEqual(kinds, ["seed"] * 3 + ["summary"] + ["median test"] * 2)
        seeds, summary = result["rows"][:3], result["rows"][3]
        self.assertEqual([(row["seed"], row["exit_code"], row["end"]) for row in seeds],
                         [(seed, 0, "finished") for seed in (5, 6, 7)])
        self.assertEqual((summary["seeds"], summary["succeeded"]), (3, 3))
        self.assertEqual(summary["median_milestone_seconds"],
                         sorted(row["milestone_seconds"] for row in seeds)[1])
        self.assertEqual(len({row["best_bits_per_sequence"] for row in seeds}), 3)

        # A seed among others gives what it gives alone.
        self.run_program("train", "tiny.toml", "--seed", 6, "--out", "alone", "--threads", 1)
        self.assertEqual(self.metrics("runs/many/seed-6"), self.metrics("alone"))

    def test_a_seed_that_fails(self):
        code, _, err = self.run_program("train", "tiny.toml", "--seeds", 2, "--out", "many",
                                        "learning_rate=1e38")
        self.assertEqual(code, 4, err)
        self.assertIn("warning: seed-1 failed with exit code 4; see many/seed-1.log\n", err)

    def test_stop_and_go_on(self):
        words = ["train", "tiny.toml", *LONG, "length=4000u", "--seeds", 2, "--at-once", 1]
        process = self.start(*words, "--out", "many")
        self.wait_for_update("many/seed-1", 30, process)
        process.terminate()
        out, err = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 143, err)
        self.assertIn("--seeds 2 --resume many\n", err)
        rows = self.expect_json(*words, "--resume", "many")["rows"]
        self.assertEqual([(row["seed"], row["updates"]) for row in rows[:2]], [(1, 4000), (2, 4000)])


class Sweep(ProgramTest):
    def test_every_combination_with_its_own_setting(self):
        result = self.expect_json("train", "tiny.toml", "length=20u", "--sweep", "model.hidden=4..5", "--seeds", 2,
                                  "--out", "many")
        rows = [row for row in result["rows"] if row["kind"] == "setting"]
        self.assertEqual([(row["model.hidden"], row["seed"], row["exit_code"], row["updates"]) for row in rows],
                         [(hidden, seed, 0, 20) for hidden in ("4", "5") for seed in (1, 2)])
        summary = next(row for row in result["rows"] if row["kind"] == "summary")
        self.assertEqual(summary["settings"], 4)
        self.assertIn("mean_test_wrong_bits_percent", summary)
        self.assertIn("hidden = 5\n", (self.folder / "many/hidden-5-seed-2/recipe.toml").read_text())

    def test_wrong_values_cost_no_training(self):
        for text, expected in (
                ("model.hidden", "KEY=V1,V2,…, such as model.hops=1,2,3"),
                ("model.hidden=1,,2", "a value between two commas"),
                ("model.hidden=3..1", "two rising integers round the dots, such as 1..3 or [1]..[20]")):
            self.expect_error(2, f"train: --sweep is {text}, expected {expected}",
                              "train", "tiny.toml", "--sweep", text, "--out", "many")
        code, _, err = self.run_program("train", "tiny.toml", "--sweep", "model.hidden=4,-1", "--out", "many")
        self.assertEqual(code, 2, err)
        self.assertIn("model.hidden is -1", err)
        self.assertFalse((self.folder / "many").exists())


if __name__ == "__main__":
    unittest.main()
