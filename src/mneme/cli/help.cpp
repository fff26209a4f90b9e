// The list of verbs; help and version.
#include <cstdio>

#include "mneme/cli/verbs.h"
#include "mneme/core/error.h"
#include "mneme/core/options.h"

namespace mneme {

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> list = {
      {"train", "train a model by a recipe; go on with a run", run_train},
      {"eval", "test a trained model", run_eval},
      {"ask", "ask a trained model about a map or a family tree", run_ask},
      {"translate", "translate sentences with a trained model", run_translate},
      {"write", "write a text by hand, with a trained network", run_write},
      {"generate", "go on from a text with a trained language model; make up bAbI stories", run_generate},
      {"import", "take in published weights of a language model", run_import},
      {"inspect", "ask a trained model what it did: a trace as JSON", run_inspect},
      {"jacobian", "what an output of a trained model listened to", run_jacobian},
      {"report", "write a run's or a zoo entry's page", run_report},
      {"export", "keep the best model of a run, small enough to share", run_export},
      {"table", "what the trained models reach, beside the published figures", run_table},
      {"bench", "measure speed", run_bench},
      {"list", "models, tasks, recipes, zoo; the options of one", run_list},
      {"demo", "train, test and look at the NTM that copies", run_demo},
      {"doctor", "what this machine and this build offer", run_doctor},
      {"version", "print the version", run_version},
      {"help", "print this", run_help},
  };
  return list;
}

namespace {

void print_overview(std::FILE* stream) {
  std::fputs("mneme: neural networks with memory, attention and time to think\n\nUsage: mneme VERB ...\n\n",
             stream);
  for (const Verb& verb : verbs()) std::fprintf(stream, "  %-9s %s\n", verb.name, verb.summary);
  std::fputs(
      "\nmneme VERB --help tells a verb's options, with examples.\n"
      "\nExit codes: 0 done, 1 failed, 2 wrong use or recipe, 3 data missing, 4 training diverged,\n"
      "5 a threshold was not met, 130 or 143 stopped by SIGINT or SIGTERM with the work saved.\n",
      stream);
}

}  // namespace

const Verb& verb_named(const std::string& name) {
  std::vector<std::string> known;
  for (const Verb& verb : verbs()) {
    if (name == verb.name) return verb;
    known.push_back(verb.name);
  }
  const std::string nearest = nearest_word(name, known);
  throw UsageError("unknown verb " + name + (nearest.empty() ? "" : "; did you mean " + nearest + "?") +
                   " (mneme help lists the verbs)");
}

int run_verb(const Arguments& words) {
  if (words.empty()) {
    print_overview(stderr);
    return 2;
  }
  std::string name = words.front();
  if (name == "--help" || name == "-h") name = "help";
  if (name == "--version") name = "version";
  return verb_named(name).run(Arguments(words.begin() + 1, words.end()));
}

int run_version(const Arguments&) {
  std::printf("mneme %s\n", MNEME_VERSION);
  return 0;
}

int run_help(const Arguments& arguments) {
  if (!arguments.empty() && arguments.front() != "help") return verb_named(arguments.front()).run({"--help"});
  print_overview(stdout);
  return 0;
}

}  // namespace mneme
