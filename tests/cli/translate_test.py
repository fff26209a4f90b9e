"""Translating with a trained model: what is printed, that a model stands by itself, and what is refused."""

import shutil
import unittest

from program import ProgramTest

RECIPE = """\
[model]
name = "transformer"
width = 16
heads = 2
hidden = 16
encoder_layers = 1
decoder_layers = 2
pre_norm = true

[task]
name = "translation"
data = "texts"
source = "en"
target = "de"
pieces = 60
batch_tokens = 60

[training]
length = "4u"
batch_size = 8
optimizer = "adam"
learning_rate = 1e-3
label_smoothing = 0.1
schedule = "inverse-sqrt"
warmup = "2u"
validate_every = "2u"
"""

ENGLISH = "A man sleeps.\nTwo dogs play in the snow.\nA girl reads a book.\nThe dog sleeps.\n"
GERMAN = "Ein Mann schläft.\nZwei Hunde spielen im Schnee.\nEin Mädchen liest ein Buch.\nDer Hund schläft.\n"


class Translate(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("tiny.toml", RECIPE)
        for part in ("train", "val", "test_2016_flickr"):
            self.write(f"texts/multi30k/{part}.en", ENGLISH)
            self.write(f"texts/multi30k/{part}.de", GERMAN)

    def train(self):
        result = self.expect_json("train", "tiny.toml", "--out", "run")
        return result["rows"]

    def test_a_run_tells_its_bleu_and_what_it_cost(self):
        run, test = self.train()
        self.assertGreater(run["training_flop"], 0)
        self.assertEqual(test["training_flop"], run["training_flop"])
        self.assertGreaterEqual(test["bleu"], 0)
        self.assertEqual([line["training_flop"] for line in self.metrics("run") if line["kind"] in ("test", "end")],
                         [run["training_flop"]] * 2)
        row, = self.expect_json("eval", "run")["rows"]
        self.assertEqual(row["bleu"], test["bleu"])
        self.assertEqual(row["bleu_signature"], "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0")

    def test_the_table_has_the_published_lines_and_the_run(self):
        _, test = self.train()
        rows = self.expect_json("table", "translation", "run")["rows"]
        published = [row for row in rows if row["from"] == "published"]
        self.assertEqual((len(published), len(rows)), (17, 18))
        self.assertIn(("Transformer (big)", 28.4, 2.3e19),
                      [(row["model"], row["bleu"], row["training_flop"]) for row in published])
        self.assertEqual((rows[-1]["bleu"], rows[-1]["training_flop"]), (test["bleu"], test["training_flop"]))
        code, out, err = self.run_program("table", "translation")
        self.assertEqual(code, 0, err)
        self.assertRegex(out, r"Transformer \(base\) +– \(27\.3\) +– \(38\.1\) +– \(3\.3e18\)")

    def test_sentences_come_from_words_a_file_or_standard_input(self):
        self.train()
        rows = self.expect_json("translate", "run", "A man sleeps.", "Two dogs.")["rows"]
        self.assertEqual([row["source"] for row in rows], ["A man sleeps.", "Two dogs."])
        self.write("lines.en", "A man sleeps.\nTwo dogs.\n")
        code, out, err = self.run_program("translate", "run", "--file", "lines.en")
        self.assertEqual((code, out.split("\n")), (0, [row["translation"] for row in rows] + [""]), err)
        process = self.start("translate", "run", stdin=open(self.folder / "lines.en"))
        self.assertEqual(process.communicate()[0], out)

    def test_candidates_come_best_first_and_attention_adds_up(self):
        self.train()
        rows = self.expect_json("translate", "run", "Two dogs.", "--candidates", "3", "--attention")["rows"]
        self.assertEqual(len(rows), 3)
        self.assertEqual([row["score"] for row in rows], sorted((row["score"] for row in rows), reverse=True))
        attention = rows[0]["attention"]
        self.assertEqual((len(attention["layers"]), len(attention["layers"][0])), (2, 2))
        for row in attention["layers"][1][0]:
            self.assertEqual(len(row), len(attention["source"]))
            self.assertAlmostEqual(sum(row), 1, places=5)  # float32

    def test_an_exported_model_stands_by_itself(self):
        self.train()
        before = self.expect_json("translate", "run", "A girl reads.")["rows"][0]
        self.expect_json("export", "run", "small", "--float16")
        shutil.rmtree(self.folder / "texts")
        after = self.expect_json("translate", "small", "A girl reads.")["rows"][0]
        self.assertAlmostEqual(after["log_probability"], before["log_probability"], delta=0.3)  # 11 bits a parameter
        self.assertLess((self.folder / "small/model.safetensors").stat().st_size, 40_000)
        self.assertEqual((self.folder / "small/task/vocabulary.model").read_bytes(),
                         (self.folder / "run/task/vocabulary.model").read_bytes())

    def test_another_vocabulary_is_refused(self):
        self.train()
        self.write("texts/multi30k/train.en", ENGLISH.replace("dog", "cat"))
        shutil.copytree(self.folder / "run", self.folder / "copy")
        self.expect_json("train", "tiny.toml", "--out", "other")
        shutil.copy(self.folder / "other/task/vocabulary.model", self.folder / "copy/task/vocabulary.model")
        code, out, err = self.run_program("translate", "copy", "A dog.")
        self.assertEqual((code, out), (1, ""))
        self.assertIn("copy/task/vocabulary.model does not belong to copy/checkpoints/best-", err)

    def test_bad_input_is_refused(self):
        self.train()
        self.expect_error(2, "translate: sentence:1: the sentence is empty", "translate", "run", " ")
        self.expect_error(2, "translate: --attention is printed with --json, which is not given",
                          "translate", "run", "A dog.", "--attention")
        (self.folder / "bytes.en").write_bytes(b"A dog.\nA \xff dog.\n")
        self.expect_error(1, "bytes.en:2: byte 0xff at offset 2 is not UTF-8", "translate", "run", "--file", "bytes.en")
        self.write("empty.en", "")
        self.expect_error(2, "translate: empty.en is empty, expected a sentence a line",
                          "translate", "run", "--file", "empty.en")
        self.write("texts/multi30k/train.de", GERMAN + "Noch ein Satz.\n")
        self.expect_error(1, "texts/multi30k/train.en has 4 lines and texts/multi30k/train.de 5, expected as many: line 5 "
                             "is the first without a translation", "train", "tiny.toml", "--out", "unequal")
        self.assertFalse((self.folder / "unequal").exists())


if __name__ == "__main__":
    unittest.main()
