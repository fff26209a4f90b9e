// The verbs of the program: one file each. A verb gets what follows its name on the command line, prints
// its result to stdout and everything else to stderr, and returns the exit code or throws an Error.
#pragma once

#include <string>
#include <vector>

namespace mneme {

using Arguments = std::vector<std::string>;

struct Verb {
  const char* name;
  const char* summary;
  int (*run)(const Arguments& arguments);
};

/// In the order in which help lists them.
const std::vector<Verb>& verbs();

/// Runs the verb that the first word names on the rest. Throws UsageError naming the nearest verb.
int run_verb(const Arguments& words);

int run_train(const Arguments& arguments);
int run_eval(const Arguments& arguments);
int run_ask(const Arguments& arguments);
int run_translate(const Arguments& arguments);
int run_write(const Arguments& arguments);
int run_generate(const Arguments& arguments);
int run_generate_stories(const Arguments& arguments);  ///< generate babi
int run_import(const Arguments& arguments);
int run_inspect(const Arguments& arguments);
int run_jacobian(const Arguments& arguments);
int run_report(const Arguments& arguments);
int run_export(const Arguments& arguments);
int run_table(const Arguments& arguments);
int run_bench(const Arguments& arguments);
int run_list(const Arguments& arguments);
int run_demo(const Arguments& arguments);
int run_doctor(const Arguments& arguments);
int run_version(const Arguments& arguments);
int run_help(const Arguments& arguments);

}  // namespace mneme
