"""Asking a trained model: what it prints, and the exact words in which questions are refused."""

import pathlib
import shutil
import unittest

from program import CHECKOUT, ProgramTest

RECIPE = """\
[model]
name = "lstm"
hidden = 4
layers = 1

[task]
name = "graph-{task}"

[training]
length = "1u"
batch_size = 1
validate_every = "1u"
validation_sequences = 1
test_sequences = 0
"""


class Ask(ProgramTest):
    def setUp(self):
        super().setUp()
        shutil.copytree(CHECKOUT / "maps", self.folder / "maps")
        for task in ("traversal", "shortest-path", "inference"):
            self.write(f"{task}.toml", RECIPE.format(task=task))

    def train(self, task):
        """A model that has hardly learned anything: enough to be asked."""
        code, _, err = self.run_program("train", f"{task}.toml", "--out", task)
        self.assertEqual(code, 0, err)
        return task

    def test_the_lectures_questions_are_answered(self):
        questions = {
            "shortest-path": ("(Moorgate, PiccadillyCircus, _)", "Moorgate -> Piccadilly Circus", 4, "to"),
            "traversal": ("(OxfordCircus, _, Central), (_, _ Circle), (_, _ Circle), (_, _ Circle), (_, _ Bakerloo), "
                          "(_, _ Victoria), (_, _ Victoria), (_, _ Circle), (_, _ Bakerloo), (_, _ Jubilee)",
                          "Oxford Circus: Central, Circle, Circle, Circle, Bakerloo, Victoria, Victoria, Circle, "
                          "Bakerloo, Jubilee", 10, "to"),
            "inference": ("Freya's MaternalGreatUncle", "Freya's MaternalGreatUncle", 1, "relative"),
        }
        for task, (text, words, steps, key) in questions.items():
            result = self.expect_json("ask", self.train(task), text)
            self.assertEqual((result["command"], result["model"]), ("ask", "lstm"))
            question, *rows = result["rows"]
            self.assertEqual(question["kind"], "question")
            self.assertIn(question["answer"], ("right", "wrong"))
            self.assertEqual(question["question"], words)
            self.assertEqual(len(rows), steps)
            for row in rows:
                self.assertEqual(row["kind"], "step")
                self.assertIn(key, row)

    def test_a_question_without_an_answer_says_so(self):
        self.write("town.txt", "Tram: A - B\nFerry: C - D\n")
        self.train("shortest-path")
        result = self.expect_json("ask", "shortest-path", "A -> D", "--map", "town.txt")
        self.assertEqual(result["rows"], [{"kind": "question", "question": "A -> D",
                                           "answer": "none: no path leads from A to D"}])

    def test_wrong_questions(self):
        self.train("shortest-path")
        self.expect_error(2, "unknown station Morgate; did you mean Moorgate?",
                          "ask", "shortest-path", "Morgate -> Bank")
        self.expect_error(2, "ask: shortest-path was trained on graph-shortest-path, the question is one of "
                          "graph-traversal", "ask", "shortest-path", "Waterloo: Jubilee")
        self.expect_error(2, "ask: no question given, such as \"Moorgate -> Piccadilly Circus\"",
                          "ask", "shortest-path")
        self.expect_error(2, "ask: no model given; name a run or zoo folder (mneme list zoo)", "ask")

    def test_wrong_maps(self):
        self.train("shortest-path")
        question = ("ask", "shortest-path", "A -> B", "--map")
        self.expect_error(2, "map town.txt not found", *question, "town.txt")
        self.write("town.txt", "")
        self.expect_error(2, "town.txt:1: the file is empty", *question, "town.txt")
        self.write("town.txt", "Tram: A - B\nTram: B - A\n")
        self.expect_error(2, "town.txt:2: the line Tram connects B and A twice", *question, "town.txt")

    def test_another_task_is_refused(self):
        code, _, err = self.run_program("train", "tiny.toml", "--out", "copy")
        self.assertEqual(code, 0, err)
        self.expect_error(2, "ask: copy was trained on copy, expected one of graph-traversal, "
                          "graph-shortest-path, graph-inference, babi, babi-questions", "ask", "copy", "A -> B")

    def test_a_test_on_a_map(self):
        for task, file in (("traversal", "london-centre.txt"), ("shortest-path", "london-centre.txt"),
                           ("inference", "family.txt")):
            result = self.expect_json("eval", self.train(task), "--map", pathlib.Path("maps") / file,
                                      "--sequences", 3)
            for row in result["rows"]:
                self.assertEqual(row["accuracy_percent"] + row["error_percent"], 100)
                self.assertEqual(row.get("stations", row.get("people")), 20 if task != "inference" else 17)
        self.expect_error(2, "maps/family.txt is a family tree, expected a map",
                          "eval", "traversal", "--map", "maps/family.txt")


if __name__ == "__main__":
    unittest.main()
