"""The set-up part of ./mneme on a pretended machine: a PATH that holds only what the test puts there.

Nothing is installed and nothing asks the network: apt-get, pip and sudo are stand-ins that note how they
were called.
"""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

PROJECT = pathlib.Path(__file__).resolve().parents[2]
BASICS = "bash env cat dirname basename readlink realpath sed sort head grep mkdir mv rm ln touch flock mktemp".split()
LIBRARIES = "libcli11-dev libtomlplusplus-dev nlohmann-json3-dev libgtest-dev librapidcheck-dev libsentencepiece-dev"


class Setup(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.programs = self.folder / "bin"
        self.programs.mkdir()
        self.calls_file = self.folder / "calls"
        for name in BASICS:
            (self.programs / name).symlink_to(shutil.which(name))
        shutil.copy(PROJECT / "mneme", self.folder / "mneme")
        (self.folder / "src/mneme/cli").mkdir(parents=True)
        shutil.copy(PROJECT / "src/mneme/cli/help.cpp", self.folder / "src/mneme/cli")
        self.cache = self.folder / "cache/mneme"
        self.user(1000)

    def stand_in(self, name, body):
        """A program that notes its arguments and then does `body`."""
        path = self.programs / name
        path.write_text(f'#!/bin/bash\necho "{name} $*" >>"{self.calls_file}"\n{body}\n')
        path.chmod(0o755)

    def user(self, number):
        self.stand_in("id", f"echo {number}")

    def full_machine(self):
        self.stand_in("g++", "cat >/dev/null")
        for name in ("ninja", "pkg-config", "xz", "unzip"):
            self.stand_in(name, "")
        self.stand_in("cmake", 'echo "cmake version 3.25.1"')
        self.pip()

    def pip(self, version="3, 11", result=0):
        """python3 whose pip makes what the wheel of torch would bring."""
        self.stand_in("python3", f"""
case "$*" in
  *"pip --version") ;;
  -c*) /usr/bin/env -i "{shutil.which('python3')}" -c "import sys; sys.version_info = ({version}); $(echo "$2" | sed s/import.sys\\;//)" ;;
  *"pip install"*)
    while [ "$1" != --target ]; do shift; done
    mkdir -p "$2/torch/lib" && touch "$2/torch/lib/libtorch_cpu.so" && exit {result} ;;
esac""")

    def run_mneme(self, *arguments, **environment):
        return subprocess.run([str(self.folder / "mneme"), *arguments], capture_output=True, text=True,
                              env={"PATH": str(self.programs), "XDG_CACHE_HOME": str(self.folder / "cache"),
                                   **environment})

    def calls(self, name):
        lines = self.calls_file.read_text().splitlines() if self.calls_file.exists() else []
        return [line for line in lines if line.startswith(name + " ")]

    def installs(self):
        return [call for call in self.calls("python3") if "pip install" in call]

    def test_help_lists_the_verbs_and_needs_nothing(self):
        result = self.run_mneme("help")
        self.assertEqual(result.returncode, 0, result.stderr)
        for verb in ("setup", "build", "test", "train", "eval", "demo", "report"):
            self.assertRegex(result.stdout, rf"(?m)^  {verb} +\w")
        self.assertFalse(self.cache.exists())

    def test_a_user_who_may_not_install_gets_the_line_to_run(self):
        self.stand_in("g++", "cat >/dev/null; printf 'libcli11-dev\\nlibgtest-dev\\n'")
        self.stand_in("python3", "")
        self.stand_in("apt-get", "")
        self.stand_in("sudo", "exit 1")
        result = self.run_mneme("setup")
        self.assertEqual(result.returncode, 3)
        self.assertEqual(result.stderr, "mneme: packages are missing, please run this line and then ./mneme again:\n"
                         "    sudo apt-get install -y ninja-build pkg-config xz-utils unzip cmake libcli11-dev libgtest-dev\n")
        self.assertEqual(self.calls("apt-get"), [])

    def test_root_gets_the_packages_installed(self):
        self.full_machine()
        self.user(0)
        (self.programs / "ninja").unlink()
        self.stand_in("g++", f"cat >/dev/null; printf '%s\\n' {LIBRARIES}")
        self.stand_in("apt-get", "")
        result = self.run_mneme("setup")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.calls("apt-get"), [
            "apt-get -q update",
            f"apt-get -q install -y --no-install-recommends ninja-build {LIBRARIES}",
            "apt-get -q install -y --no-install-recommends ccache mold"])

    def test_libtorch_is_installed_once(self):
        self.full_machine()
        for _ in range(2):
            result = self.run_mneme("setup")
            self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.installs(), [
            f"python3 -m pip install --no-compile --target {self.cache}/libtorch-2.13.0.part --no-deps "
            "torch==2.13.0 nvidia-cuda-runtime==13.0.96 nvidia-cuda-cupti==13.0.85"])
        self.assertTrue((self.cache / "libtorch-2.13.0/torch/lib/libtorch_cpu.so").exists())
        self.assertFalse((self.cache / "libtorch-2.13.0.part").exists())

    def test_a_failed_installation_is_not_taken_for_a_finished_one(self):
        self.full_machine()
        self.pip(result=1)
        result = self.run_mneme("setup")
        self.assertEqual(result.returncode, 1)
        self.assertIn("LibTorch could not be installed", result.stderr)
        self.assertFalse((self.cache / "libtorch-2.13.0").exists())
        self.pip()
        self.assertEqual(self.run_mneme("setup").returncode, 0)

    def test_a_python_without_wheels_takes_those_of_another(self):
        self.full_machine()
        self.pip(version="3, 8")
        self.assertEqual(self.run_mneme("setup").returncode, 0)
        self.assertIn("--no-deps --python-version 3.12 --only-binary=:all: torch==2.13.0", self.installs()[0])

    def test_a_libtorch_that_is_there_is_used(self):
        self.full_machine()
        for name, value in (("MNEME_TORCH_DIR", "package"), ("MNEME_TORCH_DIR", "package/torch"),
                            ("CMAKE_PREFIX_PATH", "nowhere:{0}/package/torch"),
                            ("CMAKE_PREFIX_PATH", "{0}/package/torch/share/cmake")):
            for path in ("lib", "share/cmake"):
                (self.folder / "package/torch" / path).mkdir(parents=True, exist_ok=True)
            (self.folder / "package/torch/lib/libtorch_cpu.so").touch()
            value = value.format(self.folder) if "{" in value else str(self.folder / value)
            with self.subTest(name=name, value=value):
                result = self.run_mneme("setup", **{name: value})
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertEqual(result.stderr, f"mneme: LibTorch in {self.folder.resolve()}/package/torch\n")
        self.assertEqual(self.installs(), [])

    def test_a_wrong_torch_folder_is_refused(self):
        self.full_machine()
        result = self.run_mneme("setup", MNEME_TORCH_DIR="/nowhere")
        self.assertEqual(result.returncode, 3)
        self.assertEqual(result.stderr, "mneme: MNEME_TORCH_DIR is /nowhere, expected a folder that holds include/ "
                         "and lib/libtorch_cpu.so\n")
        self.assertEqual(self.installs(), [])

    def test_an_old_cmake_is_replaced_from_pypi(self):
        self.full_machine()
        self.stand_in("cmake", 'echo "cmake version 3.22.1"')
        self.assertEqual(self.run_mneme("setup").returncode, 0)
        self.assertEqual(self.installs()[0], f"python3 -m pip install --no-compile --target {self.cache}/cmake.part "
                         "cmake>=3.25,<4")


if __name__ == "__main__":
    unittest.main()
