"""What the documents say is there: links, commands, recipes, trained models, and code that is compiled."""
import pathlib
import re
import subprocess
import unittest

PROJECT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENTS = [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *sorted((PROJECT / "docs").glob("*.md")),
             *sorted((PROJECT / "zoo").rglob("*.md"))]


def blocks(text, language):
    """The code blocks of a document, without their indentation in it."""
    for indent, body in re.findall(rf"(?ms)^( *)```{language}\n(.*?)^ *```$", text):
        yield "\n".join(line.removeprefix(indent) for line in body.rstrip("\n").split("\n"))


def without_indentation(text):
    return "\n".join(line.strip() for line in text.splitlines())


class Documents(unittest.TestCase):
    def expect_none(self, faults_of):
        """Fails with every fault that faults_of(path, text) finds in a document."""
        self.assertEqual([f"{path.relative_to(PROJECT)}: {fault}" for path in DOCUMENTS
                          for fault in faults_of(path, path.read_text(encoding="utf-8"))], [])

    def test_links_lead_somewhere(self):
        self.expect_none(lambda path, text: [
            f"{target} is not there" for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text)
            if not target.startswith("http") and not (path.parent / target).exists()])

    def test_commands_are_verbs(self):
        verbs = re.findall(r"(?m)^  (\w+) ", subprocess.run(
            [str(PROJECT / "mneme"), "help"], check=True, capture_output=True, text=True).stdout)
        self.expect_none(lambda _, text: [
            f"{verb} is no verb" for verb in re.findall(r"\./mneme (\w+)", text) if verb not in verbs])

    def test_named_files_are_there(self):
        named = re.compile(r"(?<![\w/<])((?:recipes|zoo|src/mneme|examples|cmake)/[\w./-]*\w)(?![\w/<])")
        self.expect_none(lambda _, text: [
            f"{name} is not there" for name in named.findall(text) if not (PROJECT / name).exists()])

    def test_code_stands_in_compiled_sources(self):
        sources = [without_indentation(path.read_text(encoding="utf-8"))
                   for folder in ("examples", "src") for path in (PROJECT / folder).rglob("*")
                   if path.suffix in {".h", ".cpp"}]
        self.expect_none(lambda _, text: [
            f"no source holds:\n{block}" for block in blocks(text, "cpp")
            if not any(without_indentation(block) in source for source in sources)])


if __name__ == "__main__":
    unittest.main()
