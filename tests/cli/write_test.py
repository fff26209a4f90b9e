"""Writing by hand: the SVG and the points, the same for the same seed, and what is refused in which words."""

import unittest
import xml.etree.ElementTree

from program import ProgramTest

RECIPE = """\
[model]
name = "handwriting"
hidden = 6
layers = 2
{model}

[task]
name = "handwriting"
longest = 12
mixtures = 2

[training]
length = "2u"
batch_size = 2
validate_every = "1u"
validation_sequences = 2
test_sequences = 2
"""


class Write(ProgramTest):
    def train(self, name, model):
        """A net that has hardly learned anything: enough to write scribble."""
        self.write(f"{name}.toml", RECIPE.format(model=model))
        code, _, err = self.run_program("train", f"{name}.toml", "--out", name)
        self.assertEqual(code, 0, err)
        return name

    def test_a_text_becomes_an_svg_and_points(self):
        net = self.train("net", "gaussians = 2")
        words = ("write", "Ab c", "--model", net, "--style", "3", "--points", "30", "--out", "lines/x.svg")
        row = self.expect_json(*words)["rows"][0]
        self.assertEqual((row["text"], row["style"], row["bias"]), ("Ab c", 3, 0.5))
        self.assertEqual(len(row["pen"]), row["points"])
        self.assertTrue(1 <= row["points"] <= 30)
        picture = xml.etree.ElementTree.parse(self.folder / "lines/x.svg").getroot()
        strokes = picture.findall(".//{http://www.w3.org/2000/svg}path")
        lifted = sum(point[2] for point in row["pen"][:-1])
        self.assertEqual(len(strokes), lifted + 1)
        self.assertEqual(self.expect_json(*words)["rows"][0]["pen"], row["pen"])
        self.assertNotEqual(self.expect_json(*words, "--seed", "2")["rows"][0]["pen"], row["pen"])
        self.assertEqual(self.expect_json("write", "Ab", "c", *words[2:])["rows"][0]["pen"], row["pen"])

    def test_a_net_without_a_window_writes_without_a_text(self):
        net = self.train("free", "window = false")
        row = self.expect_json("write", "--model", net, "--points", "20")["rows"][0]
        self.assertEqual((row["text"], row["points"], row["finished"]), ("", 20, False))
        self.expect_error(2, "this net writes without a text, `A` was given", "write", "A", "--model", net)

    def test_what_cannot_be_written_is_refused(self):
        net = self.train("net", "gaussians = 2")
        code, out, err = self.run_program("write", "5 # 3 ~", "--model", net)
        self.assertEqual((code, out), (2, ""))
        self.assertIn("error: no hand here writes `#~`; known are ", err)
        self.expect_error(2, "this net writes a text, none was given", "write", "--model", net)
        self.expect_error(2, "write: --bias is much, expected a number from 0 to 100", "write", "A", "--bias", "much")
        run = "tiny-run"
        self.assertEqual(self.run_program("train", "tiny.toml", "--out", run)[0], 0)
        self.expect_error(2, "write: tiny-run is a ntm on copy, expected the model handwriting on the task handwriting",
                          "write", "A", "--model", run)


if __name__ == "__main__":
    unittest.main()
