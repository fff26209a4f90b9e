"""Wrong use, wrong recipes, missing data, damaged files: the exit code and the exact words."""

import subprocess
import unittest

from program import PROGRAM, RECIPE, ProgramTest


class WrongUse(ProgramTest):
    def test_unknown_verb(self):
        self.expect_error(2, "unknown verb trian; did you mean train? (mneme help lists the verbs)", "trian")
        self.expect_error(2, "unknown verb xyzzy (mneme help lists the verbs)", "xyzzy")

    def test_no_verb(self):
        code, out, err = self.run_program()
        self.assertEqual((code, out), (2, ""))
        self.assertIn("Usage: mneme VERB", err)

    def test_unknown_option(self):
        self.expect_error(2, "train: unknown option --sedes; did you mean --seeds? (mneme train --help)",
                          "train", "tiny.toml", "--sedes", "3")
        self.expect_error(2, "eval: unknown option --jsn; did you mean --json? (mneme eval --help)",
                          "eval", "--jsn")

    def test_wrong_option_value(self):
        self.expect_error(2, "train: --seeds is abc, expected an integer of at least 1",
                          "train", "tiny.toml", "--seeds", "abc")
        self.expect_error(2, "train: --threads is 0, expected an integer of at least 1",
                          "train", "tiny.toml", "--threads", "0")
        self.expect_error(2, "bench: --batch is 1,x, expected integers of at least 1 with commas between",
                          "bench", "--batch", "1,x")
        self.expect_error(2, "list: --color is red, expected one of auto, always, never",
                          "list", "--color=red")
        self.expect_error(2, "train: --dump-recipe is half, expected one of full, minimal",
                          "train", "tiny.toml", "--dump-recipe", "half")

    def test_option_without_its_value(self):
        code, out, err = self.run_program("train", "tiny.toml", "--out")
        self.assertEqual((code, out), (2, ""))
        self.assertIn("error: train: --out", err)

    def test_no_recipe(self):
        self.expect_error(
            2, "train: no recipe given; name one, such as recipes/ntm/copy.toml (mneme list recipes)",
            "train")

    def test_missing_recipe(self):
        self.write("recipes/ntm/copy.toml", RECIPE)
        self.expect_error(2, "recipe recipes/ntm/copi.toml not found; did you mean recipes/ntm/copy.toml?",
                          "train", "recipes/ntm/copi.toml")

    def test_unknown_list(self):
        self.expect_error(2, "list: does not know modles; did you mean models? (mneme list --help)",
                          "list", "modles")
        self.expect_error(2, "list: model needs a name (mneme list models)", "list", "model")

    def test_unknown_benchmark(self):
        self.expect_error(2, "bench: unknown benchmark lstm, expected one of ntm, dnc, handwriting, transformer, generate, act", "bench", "lstm")

    def test_report_that_would_pass_unseen(self):
        """A full disk under stdout is an error, not a silent success."""
        with open("/dev/full", "w") as full:
            done = subprocess.run([PROGRAM, "list", "models"], stdout=full, stderr=subprocess.PIPE,
                                  text=True, env=self.environment, cwd=self.folder)
        self.assertEqual(done.stderr, "error: stdout: the results could not be written\n")
        self.assertEqual(done.returncode, 1)


class WrongRecipes(ProgramTest):
    def expect_recipe_error(self, text, recipe, *overrides):
        self.write("wrong.toml", recipe)
        before = self.files()
        self.expect_error(2, text, "train", "wrong.toml", *overrides)
        self.assertEqual(self.files(), before)

    def test_unknown_key(self):
        self.expect_recipe_error("wrong.toml:4:1: unknown key model.slotz; did you mean slots?",
                                 RECIPE.replace("slots = 6", "slotz = 6"))

    def test_wrong_type(self):
        self.expect_recipe_error(
            'wrong.toml:4:1: model.slots is "six", expected an integer of at least 1 (memory slots N)',
            RECIPE.replace("slots = 6", 'slots = "six"'))

    def test_out_of_range(self):
        self.expect_recipe_error(
            "wrong.toml:4:1: model.slots is -3, expected an integer of at least 1 (memory slots N)",
            RECIPE.replace("slots = 6", "slots = -3"))

    def test_wrong_word(self):
        self.expect_recipe_error(
            'command line: model.controller is "lstn", expected one of lstm, feed-forward '
            "(what drives the heads); did you mean lstm?", RECIPE, "controller=lstn")

    def test_unknown_override(self):
        self.expect_recipe_error("command line: unknown key slotz; did you mean slots?", RECIPE, "slotz=3")

    def test_not_toml(self):
        self.write("wrong.toml", "[model\nname = 3\n")
        code, out, err = self.run_program("train", "wrong.toml")
        self.assertEqual((code, out), (2, ""))
        self.assertRegex(err, r"^error: wrong\.toml:[12]:\d+: ")

    def test_unknown_model(self):
        self.expect_recipe_error("wrong.toml:2:1: unknown model ntn; did you mean ntm?",
                                 RECIPE.replace('"ntm"', '"ntn"'))


class MissingAndDamaged(ProgramTest):
    BABI = '[model]\nname = "lstm"\n[task]\nname = "babi"\n'

    def test_missing_data(self):
        self.write("babi.toml", self.BABI)
        code, out, err = self.run_program("train", "babi.toml")
        self.assertEqual((code, out), (3, ""))
        self.assertIn("neither task.data nor the environment's MNEME_DATA is set", err)
        code, out, err = self.run_program("train", "babi.toml", "data=/nowhere")
        self.assertEqual((code, out), (3, ""))
        self.assertIn("/nowhere", err)

    def test_no_such_model(self):
        self.expect_error(2, "trained model zoo/ntm-copi not found", "eval", "zoo/ntm-copi")
        self.write("zoo/ntm-copy/recipe.toml", RECIPE)
        self.expect_error(2, "trained model zoo/ntm-copi not found; did you mean zoo/ntm-copy?",
                          "eval", "zoo/ntm-copi")
        self.expect_error(2, "eval: no model given; name a run or zoo folder (mneme list zoo)", "eval")

    def test_not_a_run(self):
        self.expect_error(2, ". holds no recipe.toml, so no run", "train", "--resume", ".")

    def test_damaged_model(self):
        code, _, err = self.run_program("train", "tiny.toml", "--out", "run", "test_sequences=0")
        self.assertEqual(code, 0, err)
        best = next((self.folder / "run" / "checkpoints").glob("best-*"))
        whole = best.read_bytes()
        self.write("zoo/ntm-tiny/recipe.toml", RECIPE)
        model = self.folder / "zoo/ntm-tiny/model.safetensors"

        model.write_bytes(whole)
        self.assertEqual(self.run_program("eval", "zoo/ntm-tiny", "--sequences", "1")[0], 0)
        flipped = bytearray(whole)
        flipped[-5] ^= 1
        model.write_bytes(flipped)
        self.expect_damage("zoo/ntm-tiny/model.safetensors")
        model.write_bytes(whole[: len(whole) // 2])
        self.expect_damage("zoo/ntm-tiny/model.safetensors")
        model.write_bytes(whole)
        self.expect_damage("does not fit", "hidden=9")

    def expect_damage(self, text, *overrides):
        code, out, err = self.run_program("eval", "zoo/ntm-tiny", *overrides)
        self.assertEqual((code, out), (1, ""), err)
        self.assertTrue(err.startswith("error: "), err)
        self.assertIn(text, err)

    def test_diverged(self):
        code, out, err = self.run_program("train", "tiny.toml", "learning_rate=1e38", "--out", "run")
        self.assertEqual((code, out), (4, ""), err)
        self.assertRegex(err, r"error: .* is not finite at update \d+; ")

    def test_folder_in_use(self):
        (self.folder / "run").mkdir()
        self.write("run/recipe.toml", RECIPE)
        self.expect_error(2, "run holds a run already; resume it, or choose another folder",
                          "train", "tiny.toml", "--out", "run")


if __name__ == "__main__":
    unittest.main()
