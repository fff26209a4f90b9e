"""Models that answer questions about stories: asked, inspected, and in the table of results."""

import json
import unittest

from program import ProgramTest

PLACES = ("office", "kitchen", "garden")
PEOPLE = ("Mary", "John")
RECIPE = """\
[about]
command = "mneme train tiny-story.toml"

[model]
name = "{model}"
width = 8

[task]
name = "babi-questions"
set = "en"
tasks = [1]

[training]
length = "4u"
batch_size = 4
optimizer = "adam"
validate_every = "2u"
validation_sequences = 4
"""


def stories(count):
    text = ""
    for i in range(count):
        first, second = PLACES[i % 3], PLACES[(i + 1) % 3]
        who = PEOPLE[i % 2]
        text += (f"1 Mary went to the {first}.\n2 John went to the {second}.\n"
                 f"3 Where is {who}?\t{first if who == 'Mary' else second}\t{1 if who == 'Mary' else 2}\n")
    return text


class Stories(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("data/en/qa1_tiny_train.txt", stories(40))
        self.write("data/en/qa1_tiny_test.txt", stories(6))
        self.environment["MNEME_DATA"] = str(self.folder / "data")

    def train(self, model):
        self.write("tiny-story.toml", RECIPE.format(model=model))
        code, _, err = self.run_program("train", "tiny-story.toml", "--out", model)
        self.assertEqual(code, 0, err)
        return model

    def test_a_typed_story(self):
        for model, look, looks in (("memn2n", "hop", 3), ("dmn", "pass", 3)):
            result = self.expect_json("ask", self.train(model), "Mary went to the office. Where is Mary?")
            question, *sentences = result["rows"]
            self.assertEqual((question["kind"], question["question"]), ("question", "where is mary?"))
            self.assertIn(question["answer"], PLACES)
            self.assertTrue(0 < question["probability_percent"] <= 100)
            self.assertEqual([row["sentence"] for row in sentences], ["mary went to the office"])
            for look_number in range(1, looks + 1):
                self.assertAlmostEqual(sentences[0][f"{look}_{look_number}"], 1, places=5)

    def test_a_story_from_a_file(self):
        self.write("story.txt", "1 Mary went to the garden\n2 John went to the office.\nWhere is John?\n")
        rows = self.expect_json("ask", self.train("memn2n"), "--file", "story.txt")["rows"]
        self.assertEqual(len(rows), 3)

    def test_what_is_not_known_is_refused(self):
        model = self.train("memn2n")
        self.expect_error(2, "the word offise is none that the model knows; the nearest: office",
                          "ask", model, "Mary went to the offise. Where is Mary?")
        self.expect_error(2, "no question, expected the story to end with one, such as \"Where is Mary?\"",
                          "ask", model, "Mary went to the office.")
        self.expect_error(2, "ask: the file none.txt cannot be read", "ask", model, "--file", "none.txt")

    def test_a_trace_of_stories(self):
        code, _, err = self.run_program("inspect", self.train("dmn"), "--out", "trace.json")
        self.assertEqual(code, 0, err)
        views = json.loads((self.folder / "trace.json").read_text())["views"]
        self.assertEqual({view["kind"] for view in views}, {"story"})
        view = views[0]
        arrays = {array["name"]: array for array in view["arrays"]}
        self.assertEqual(arrays["looks"]["shape"], [3, 2])
        self.assertEqual(sum(arrays["support"]["values"]), 1)
        self.assertEqual(len(view["facts"]["sentences"].split("|")), 2)
        self.assertIn(view["facts"]["expected"], PLACES)

    def rows_of(self, result, model, training):
        return [row for row in result["rows"] if (row["model"], row["training"]) == (model, training)]

    def test_the_table(self):
        run = self.train("memn2n")
        result = self.expect_json("table", "babi", run)
        single = self.rows_of(result, "MemN2N", "single")
        self.assertEqual([row["task"] for row in single], [*range(1, 21), "mean"])
        self.assertEqual(single[2]["published_percent"], 2.1)
        tested = [line for line in self.metrics(run) if line["kind"] == "test"]
        self.assertEqual(single[0]["error_percent"], tested[0]["error_percent"])
        self.assertEqual(single[0]["command"], "mneme train tiny-story.toml")
        self.assertIsNone(single[1]["error_percent"])
        mean = single[-1]
        self.assertEqual((mean["error_percent"], mean["failed_tasks"], mean["published_percent"],
                          mean["published_failed_tasks"]), (None, None, 4.2, 3))
        self.assertTrue(all(row["error_percent"] is None for row in self.rows_of(result, "MemN2N", "joint")))

        # Kept without its model, it gives the same table.
        code, _, err = self.run_program("table", "babi", run, "--record", "results/memn2n.jsonl")
        self.assertEqual(code, 0, err)
        self.assertEqual(self.expect_json("table", "babi")["rows"], result["rows"])
        code, out, err = self.run_program("table", "babi")
        self.assertEqual(code, 0, err)
        self.assertIn("Failed tasks", out)
        code, out, err = self.run_program("table", "babi", "--html", "babi.html")
        self.assertEqual((code, out), (0, ""), err)
        self.assertIn("<td", (self.folder / "babi.html").read_text())

    def test_several_tasks_have_a_mean(self):
        for part, count in (("train", 40), ("test", 5)):
            self.write(f"data/en/qa2_tiny_{part}.txt", stories(count))
        self.write("two.toml", RECIPE.format(model="memn2n").replace("tasks = [1]", "tasks = [1, 2]"))
        trained = self.expect_json("train", "two.toml", "--out", "two")["rows"]
        *tasks, mean = self.expect_json("eval", "two")["rows"]
        self.assertEqual([row["task"] for row in tasks], [1, 2])
        errors = [row["error_percent"] for row in tasks]
        self.assertEqual(mean, {"task": "mean", "error_percent": sum(errors) / 2,
                                "failed_tasks": sum(error > 5 for error in errors)})
        self.assertEqual(trained[-1], {"kind": "test", **mean})

    def test_wrong_tables(self):
        self.expect_error(2, "table: no table given; tables: babi, translation", "table")
        self.expect_error(2, "table: there is no table baby; did you mean babi?", "table", "baby")
        self.expect_error(2, "nothing is no run, no folder of runs and no file of results", "table", "babi", "nothing")


if __name__ == "__main__":
    unittest.main()
