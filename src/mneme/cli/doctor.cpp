// doctor: what this machine and this build offer, for bug reports and for oneself.
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <dlfcn.h>
#include <torch/version.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "mneme/cli/command.h"
#include "mneme/cli/project.h"
#include "mneme/kernels/instruction_set.h"

namespace mneme {
namespace {

namespace fs = std::filesystem;

std::string torch_library() {
  Dl_info found;
  if (dladdr(reinterpret_cast<void*>(&at::get_num_threads), &found) == 0 || found.dli_fname == nullptr)
    return "";
  return fs::weakly_canonical(found.dli_fname).string();
}

std::string cuda_text() {
  if (at::hasCUDA()) return "there, with " + std::to_string(at::getNumGPUs()) + " devices";
  std::error_code ignored;
  const bool driver = fs::exists("/dev/nvidiactl", ignored);
  const bool library = fs::exists(fs::path(torch_library()).parent_path() / "libtorch_cuda.so", ignored);
  std::string text = "not used: mneme " MNEME_VERSION " computes on the processor";
  text +=
      driver ? "; this machine has an NVIDIA driver" : "; this machine has no NVIDIA driver (/dev/nvidiactl)";
  return text + (library ? "; LibTorch has CUDA libraries" : "; LibTorch has no CUDA libraries");
}

std::string data_text() {
  const char* folder = std::getenv("MNEME_DATA");
  if (folder == nullptr || *folder == '\0')
    return "nowhere: MNEME_DATA is not set; tasks over published files need it, or their option task.data";
  std::error_code ignored;
  return std::string(folder) + " (MNEME_DATA)" + (fs::is_directory(folder, ignored) ? "" : ": not a folder");
}

std::string variable_text(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "not set" : value;
}

}  // namespace

int run_doctor(const Arguments& arguments) {
  Command command("doctor", "Says what this machine and this build offer.",
                  {{"mneme doctor", "for people"}, {"mneme doctor --json", "for bug reports"}});
  if (!command.parse(arguments)) return 0;

  Result result{"doctor", "", std::nullopt, {}};
  const auto say = [&result](const char* what, const std::string& found) {
    result.rows.push_back({{"what", what}, {"found", found}});
  };
  say("mneme", MNEME_VERSION);
  say("compiler", "g++ " __VERSION__);
  say("torch headers", TORCH_VERSION);
  say("torch library", torch_library());
  say("processor", std::string("kernels run with ") + instruction_set_name() + ", LibTorch with " +
                       at::get_cpu_capability() + " (ATEN_CPU_CAPABILITY " +
                       variable_text("ATEN_CPU_CAPABILITY") + ")");
  say("cores", std::to_string(std::thread::hardware_concurrency()));
  say("threads",
      std::to_string(at::get_num_threads()) + " (OMP_NUM_THREADS " + variable_text("OMP_NUM_THREADS") + ")");
  say("cuda", cuda_text());
  say("data", data_text());
  say("project", project_folder().string() + ": " + std::to_string(recipe_files().size()) + " recipes, " +
                     std::to_string(zoo_entries().size()) + " trained models");
  command.print(result);
  return 0;
}

}  // namespace mneme
