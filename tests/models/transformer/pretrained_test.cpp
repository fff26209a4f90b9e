#include "mneme/models/transformer/pretrained.h"

#include <gtest/gtest.h>

#include <fstream>

#include "core/temporary_folder.h"
#include "mechanisms/expectations.h"

namespace mneme {
namespace {

/// From tests/goldens/gpt_golden.py.
std::filesystem::path golden(const char* name) {
  return std::filesystem::path(MNEME_SOURCE_DIR) / "tests/goldens/pretrained" / name;
}

struct Loaded {
  PretrainedShape shape;
  Gpt model{nullptr};
};

Loaded load(const std::filesystem::path& folder) {
  Loaded loaded{read_pretrained_shape(folder / "config.json")};
  Random random(1);
  loaded.model = Gpt(loaded.shape.options,
                     ModelSizes{.outputs = loaded.shape.tokens, .tokens = loaded.shape.tokens}, random);
  loaded.model->eval();
  return loaded;
}

TEST(Pretrained, GivesTheLogitsComputedApart) {
  for (const char* name : {"gpt2_tiny", "llama_tiny"}) {
    auto [shape, model] = load(golden(name));
    copy_pretrained(shape, read_pretrained_archive(golden(name)), *model);
    const auto expected = read_archive(golden(name) / "expected.safetensors", Checksums::optional).tensors;
    const torch::NoGradGuard no_grad;
    const auto logits = model->predict(expected.at("tokens").unsqueeze(0), {})[0];
    // float32 against float64, rounded to float32: a few units in the last place of sums of tens of terms
    expect_near(logits, expected.at("logits"), 2e-5 * expected.at("logits").abs().max().item<double>());
  }
}

TEST(Pretrained, TakesFilesWithAPrefixHalfPrecisionAndMaskBuffers) {
  auto [shape, model] = load(golden("gpt2_tiny"));
  Archive renamed;
  for (const auto& [name, tensor] : read_pretrained_archive(golden("gpt2_tiny")).tensors)
    renamed.tensors["transformer." + name] = tensor.to(torch::kHalf);
  renamed.tensors["transformer.h.0.attn.bias"] = torch::ones({1, 1, 16, 16});
  renamed.tensors["lm_head.weight"] = renamed.tensors.at("transformer.wte.weight");
  copy_pretrained(shape, renamed, *model);
  EXPECT_TRUE(torch::equal(model->named_parameters()["tokens.weight"],
                           renamed.tensors.at("lm_head.weight").to(torch::kFloat)));
}

TEST(Pretrained, ListsAllThatDoesNotFit) {
  auto [shape, model] = load(golden("llama_tiny"));
  Archive archive = read_pretrained_archive(golden("llama_tiny"));
  const auto before = model->named_parameters()["norm.weight"].clone();
  archive.tensors.at("model.norm.weight").fill_(7);
  archive.tensors["model.layers.0.mlp.up_proj.weight"] = torch::zeros({20, 15});
  archive.tensors.erase("model.layers.1.self_attn.k_proj.weight");
  archive.tensors["model.extra"] = torch::zeros({3});
  expect_error([&] { copy_pretrained(shape, archive, *model); },
               "the weights do not fit a model of kind llama:\n"
               "  layers.0.mlp.up_proj.weight is [20, 15], expected [20, 16]\n"
               "  layers.1.self_attn.k_proj.weight is missing, expected [8, 16]\n"
               "  extra [3] is not known");
  EXPECT_TRUE(torch::equal(model->named_parameters()["norm.weight"], before));
}

TEST(Pretrained, ListsAllSettingsThatItDoesNotHave) {
  const test::TemporaryFolder folder;
  const auto config = folder / "config.json";
  const auto message = [&](const std::string& json) {
    test::put_bytes(config, json);
    return test::error_text<Error>([&] { read_pretrained_shape(config); });
  };
  EXPECT_EQ(message("{"), config.string() + ": not a JSON object");
  EXPECT_EQ(message("{\"model_type\": \"bert\"}"),
            config.string() + ": model_type is \"bert\", expected \"gpt2\" or \"llama\"");
  EXPECT_EQ(
      message("{\"model_type\": \"gpt2\", \"n_embd\": 0, \"n_layer\": 2, \"n_head\": 2, \"n_positions\": 8, "
              "\"activation_function\": \"swish\"}"),
      config.string() +
          ":\n  n_embd is 0, expected a number of at least 1\n"
          "  activation_function is swish, expected gelu_new, gelu or relu\n"
          "  vocab_size is missing, expected a number of at least 1");
  EXPECT_THROW(read_pretrained_archive(folder.path()), Error);
}

}  // namespace
}  // namespace mneme
