"""Generating text and taking in published weights: what is printed, and the exact words of refusals."""

import json
import shutil
import unittest

from program import CHECKOUT, ProgramTest

RECIPE = """\
[model]
name = "gpt"
width = 8
layers = 1
heads = 2
context = 16

[task]
name = "text"
text = "text.txt"
context = 8

[training]
length = "2u"
batch_size = 2
validate_every = "2u"
validation_sequences = 2
test_sequences = 0
"""
GOLDENS = CHECKOUT / "tests/goldens/pretrained"


class Generate(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("text.txt", "to be or not to be, that is the question\n" * 5)
        self.write("gpt.toml", RECIPE)
        code, _, err = self.run_program("train", "gpt.toml", "--out", "gpt")
        self.assertEqual(code, 0, err)
        (self.folder / "text.txt").unlink()  # the vocabulary is in the run's recipe

    def tokens(self, *words):
        rows = self.expect_json("generate", "gpt", "--prompt", "to be", *words)["rows"]
        return [row["token"] for row in rows if row["kind"] == "token"]

    def test_the_text_goes_on(self):
        code, out, err = self.run_program("generate", "gpt", "--prompt", "to be", "--length", "30")
        self.assertEqual(code, 0, err)
        self.assertTrue(out.startswith("to be"))
        result = self.expect_json("generate", "gpt", "--prompt", "to be", "--length", "30")
        self.assertEqual(result["rows"][0]["text"], out[len("to be") : -1])
        self.assertEqual(result["rows"][0]["ended"], "length")
        self.assertEqual(len(result["rows"]), 31)
        self.assertEqual("".join(row["text"] for row in result["rows"][1:]), result["rows"][0]["text"])
        _, streamed, _ = self.run_program("generate", "gpt", "--prompt", "to be", "--length", "30", "--stream")
        self.assertEqual(streamed, out)

    def test_the_seed_and_the_number_of_a_try_fix_it(self):
        one = self.tokens("--length", "20", "--seed", "3")
        self.assertEqual(one, self.tokens("--length", "20", "--seed", "3"))
        self.assertNotEqual(one, self.tokens("--length", "20", "--seed", "4"))
        three = self.tokens("--length", "20", "--seed", "3", "--tries", "3")
        self.assertEqual(three[:20], one)
        self.assertNotEqual(three[20:40], one)

    def test_the_cache_changes_nothing(self):
        words = ("--length", "40", "--temperature", "0")  # more than the context of 16
        self.assertEqual(self.tokens(*words), self.tokens(*words, "--no-cache"))

    def test_probabilities_and_the_likeliest(self):
        rows = self.expect_json("generate", "gpt", "--prompt", "to", "--length", "3", "--temperature", "0",
                                "--likeliest", "40")["rows"]
        for row in rows[1:]:
            self.assertEqual(row["token"], row["likeliest"][0]["token"])
            self.assertAlmostEqual(sum(each["probability"] for each in row["likeliest"]), 1, places=5)
            self.assertEqual(row["chosen_probability"], 1)

    def test_a_stop_string_ends_a_try(self):
        text = self.expect_json("generate", "gpt", "--prompt", "to be", "--length", "30")["rows"][0]["text"]
        stop = text[10:12]
        row = self.expect_json("generate", "gpt", "--prompt", "to be", "--length", "30", "--stop", stop)["rows"][0]
        self.assertEqual(row["ended"], "stop")
        self.assertEqual(row["text"], text[: text.index(stop)])

    def test_other_forms_of_the_weights(self):
        for form in ("bfloat16", "int8"):
            self.assertEqual(len(self.tokens("--length", "5", "--weights", form)), 5)

    def test_wrong_use(self):
        self.expect_error(2, "generate: --prompt is empty, expected a text to go on from", "generate", "gpt")
        self.expect_error(2, "generate: --prompt has 17 tokens, expected at most the model's context of 16",
                          "generate", "gpt", "--prompt", "to be or not to b")
        self.expect_error(2, "generate: --prompt: the character 'X' (U+0058) at byte 3 is not in the vocabulary of 15 "
                          "characters: \n ,abehinoqrstu", "generate", "gpt", "--prompt", "to X")
        self.expect_error(2, "generate: --temperature is -1, expected a number of at least 0",
                          "generate", "gpt", "--prompt", "to", "--temperature=-1")
        self.expect_error(2, "generate: --top-p is 2, expected a number from 0 to 1",
                          "generate", "gpt", "--prompt", "to", "--top-p", "2")
        self.expect_error(2, "generate: --weights is half, expected one of float32, bfloat16, int8",
                          "generate", "gpt", "--prompt", "to", "--weights", "half")
        code, _, err = self.run_program("train", "tiny.toml", "--out", "copy")
        self.assertEqual(code, 0, err)
        self.expect_error(2, "generate: this is a ntm trained on copy, expected a gpt trained on text",
                          "generate", "copy", "--prompt", "to")


class Import(ProgramTest):
    def test_published_weights_give_their_logits(self):
        for name in ("gpt2_tiny", "llama_tiny"):
            row = self.expect_json("import", GOLDENS / name, name)["rows"][0]
            self.assertEqual(row["kind"] + "_tiny", name)
            tokens = self.expect_json("generate", name, "--prompt", "3 1 4", "--length", "2", "--temperature", "0",
                                      "--likeliest", "11")["rows"][1:]
            self.assertEqual(len(tokens), 2)
            self.assertEqual(tokens[0]["likeliest"][0]["token"], tokens[0]["token"])
            self.expect_error(2, f"import: {name} is there already, expected a new folder",
                              "import", GOLDENS / name, name)

    def test_what_does_not_fit_is_listed(self):
        shutil.copytree(GOLDENS / "gpt2_tiny", self.folder / "wrong")
        config = json.loads((self.folder / "wrong/config.json").read_text())
        self.write("wrong/config.json", json.dumps({**config, "n_layer": 3, "n_positions": 20}))
        code, out, err = self.run_program("import", "wrong", "new")
        self.assertEqual((code, out), (1, ""))
        self.assertIn("wpe.weight is [16, 12], expected [20, 12]", err)
        self.assertIn("h.2.mlp.c_proj.bias is missing, expected [12]", err)
        self.assertFalse((self.folder / "new").exists())
        self.expect_error(2, "import: nothing/config.json is not there", "import", "nothing", "new")
        self.expect_error(2, "import: got 1 folders, expected that of the weights and the one to write", "import", "x")


if __name__ == "__main__":
    unittest.main()
