"""check_layers.py on small trees with one fault each."""
import pathlib
import tempfile
import unittest

import check_layers


class CheckLayers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.source = pathlib.Path(folder.name)
        (self.source / "src" / "mneme").mkdir(parents=True)

    def write(self, path, text):
        (self.source / path).parent.mkdir(parents=True, exist_ok=True)
        (self.source / path).write_text(text)

    def expect(self, *expected):
        self.assertEqual(check_layers.violations(self.source), list(expected))

    def test_lower_layers_and_the_own_layer_may_be_included(self):
        self.write("src/mneme/models/ntm.cpp",
                   '#include "mneme/models/ntm.h"\n#include "mneme/mechanisms/heads.h"\n#include <vector>\n')
        self.write("src/mneme/cli/main.cpp", '#include "mneme/report/report.h"\n')
        self.expect()

    def test_a_higher_layer_is_refused(self):
        self.write("src/mneme/core/shape.h", '#pragma once\n#include "mneme/models/ntm.h"\n')
        self.expect('src/mneme/core/shape.h:2: core includes "mneme/models/ntm.h", expected no other layer')

    def test_a_layer_of_the_same_rank_is_refused(self):
        self.write("src/mneme/tasks/copy.cpp", '  # include "mneme/kernels/path.h"\n')
        self.expect('src/mneme/tasks/copy.cpp:1: tasks includes "mneme/kernels/path.h", expected core')

    def test_models_know_no_task(self):
        self.write("src/mneme/models/ntm.cpp", '#include "mneme/tasks/task.h"\n')
        self.expect('src/mneme/models/ntm.cpp:1: models includes "mneme/tasks/task.h", '
                    "expected core, kernels, mechanisms")

    def test_an_unknown_layer_is_refused(self):
        self.write("src/mneme/misc/things.h", "#pragma once\n")
        self.expect("src/mneme/misc/things.h: misc is not a layer")

    def test_a_kernel_file_that_reaches_the_engine_through_a_header_is_refused(self):
        self.write("src/mneme/kernels/ntm/ntm_kernel.cpp", '#include "mneme/kernels/ntm/plan.h"\n')
        self.write("src/mneme/kernels/ntm/plan.h", "#include <cstdint>\n#include <ATen/core/Tensor.h>\n")
        self.expect("src/mneme/kernels/ntm/plan.h:2: the kernel file src/mneme/kernels/ntm/ntm_kernel.cpp "
                    "reaches <ATen/core/Tensor.h>, expected no header of the engine")

    def test_a_file_that_is_no_kernel_may_include_the_engine(self):
        self.write("src/mneme/kernels/ntm/ntm_sequence.cpp", "#include <ATen/ATen.h>\n")
        self.expect()

    def test_a_long_file_is_refused(self):
        self.write("tests/models/ntm_test.cpp", "\n" * 500)
        self.write("tests/models/lstm_test.cpp", "\n" * 501)
        self.expect("tests/models/lstm_test.cpp: 501 lines, expected at most 500")


if __name__ == "__main__":
    unittest.main()
