"""Tiny random GPT-2 and Llama weights in Hugging Face's names, and their logits by plain numpy.

    pip install numpy
    python3 gpt_golden.py FOLDER

writes FOLDER/gpt2_tiny and FOLDER/llama_tiny, each with config.json, model.safetensors and expected.safetensors
(tokens int64 [time], logits float32 [time, vocabulary]). Those of tests/models/transformer are in
tests/goldens/pretrained.
"""

import json
import pathlib
import struct
import sys

import numpy as np

TOKENS = [3, 1, 4, 1, 5, 9, 2, 6]


def write_safetensors(path, tensors):
    kinds = {"float32": "F32", "int64": "I64"}
    header, at = {}, 0
    for name, value in tensors.items():
        header[name] = {
            "dtype": kinds[str(value.dtype)],
            "shape": list(value.shape),
            "data_offsets": [at, at + value.nbytes],
        }
        at += value.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for value in tensors.values():
            file.write(np.ascontiguousarray(value).tobytes())


def write(folder, config, weights, logits):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    write_safetensors(folder / "model.safetensors", {name: value.astype(np.float32) for name, value in weights.items()})
    write_safetensors(
        folder / "expected.safetensors", {"tokens": np.array(TOKENS, np.int64), "logits": logits.astype(np.float32)}
    )


def softmax(scores):
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def attention(queries, keys, values):
    """[heads, time, width] each; nobody looks ahead."""
    time = queries.shape[1]
    scores = queries @ keys.transpose(0, 2, 1) / np.sqrt(queries.shape[2])
    scores[:, np.triu(np.ones((time, time), bool), 1)] = -np.inf
    return softmax(scores) @ values


def heads_of(states, heads):
    return states.reshape(states.shape[0], heads, -1).transpose(1, 0, 2)


def joined(states):
    return states.transpose(1, 0, 2).reshape(states.shape[1], -1)


def gpt2(folder):
    width, layers, heads, vocabulary, context = 12, 2, 3, 11, 16
    random = np.random.default_rng(1)
    draw = lambda *shape: random.normal(0, 0.4, shape)
    weights = {"wte.weight": draw(vocabulary, width), "wpe.weight": draw(context, width)}
    for i in range(layers):
        weights |= {
            f"h.{i}.ln_1.weight": 1 + draw(width),
            f"h.{i}.ln_1.bias": draw(width),
            f"h.{i}.attn.c_attn.weight": draw(width, 3 * width),
            f"h.{i}.attn.c_attn.bias": draw(3 * width),
            f"h.{i}.attn.c_proj.weight": draw(width, width),
            f"h.{i}.attn.c_proj.bias": draw(width),
            f"h.{i}.ln_2.weight": 1 + draw(width),
            f"h.{i}.ln_2.bias": draw(width),
            f"h.{i}.mlp.c_fc.weight": draw(width, 4 * width),
            f"h.{i}.mlp.c_fc.bias": draw(4 * width),
            f"h.{i}.mlp.c_proj.weight": draw(4 * width, width),
            f"h.{i}.mlp.c_proj.bias": draw(width),
        }
    weights |= {"ln_f.weight": 1 + draw(width), "ln_f.bias": draw(width)}
    weights = {name: value.astype(np.float32).astype(np.float64) for name, value in weights.items()}

    def norm(states, name):
        centred = states - states.mean(-1, keepdims=True)
        return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * weights[name + ".weight"] + weights[name + ".bias"]

    def linear(states, name):
        return states @ weights[name + ".weight"] + weights[name + ".bias"]

    states = weights["wte.weight"][TOKENS] + weights["wpe.weight"][: len(TOKENS)]
    for i in range(layers):
        queries, keys, values = np.split(linear(norm(states, f"h.{i}.ln_1"), f"h.{i}.attn.c_attn"), 3, -1)
        read = attention(heads_of(queries, heads), heads_of(keys, heads), heads_of(values, heads))
        states = states + linear(joined(read), f"h.{i}.attn.c_proj")
        hidden = linear(norm(states, f"h.{i}.ln_2"), f"h.{i}.mlp.c_fc")
        hidden = 0.5 * hidden * (1 + np.tanh(np.sqrt(2 / np.pi) * (hidden + 0.044715 * hidden**3)))
        states = states + linear(hidden, f"h.{i}.mlp.c_proj")
    logits = norm(states, "ln_f") @ weights["wte.weight"].T
    config = {
        "model_type": "gpt2",
        "n_embd": width,
        "n_layer": layers,
        "n_head": heads,
        "n_positions": context,
        "vocab_size": vocabulary,
        "layer_norm_epsilon": 1e-5,
        "activation_function": "gelu_new",
    }
    write(folder, config, weights, logits)


def llama(folder):
    width, layers, heads, shared, hidden, vocabulary, base = 16, 2, 4, 2, 20, 11, 100.0
    head = width // heads
    random = np.random.default_rng(2)
    draw = lambda *shape: random.normal(0, 0.4, shape)
    weights = {"model.embed_tokens.weight": draw(vocabulary, width)}
    for i in range(layers):
        name = f"model.layers.{i}"
        weights |= {
            f"{name}.input_layernorm.weight": 1 + draw(width),
            f"{name}.self_attn.q_proj.weight": draw(width, width),
            f"{name}.self_attn.k_proj.weight": draw(shared * head, width),
            f"{name}.self_attn.v_proj.weight": draw(shared * head, width),
            f"{name}.self_attn.o_proj.weight": draw(width, width),
            f"{name}.post_attention_layernorm.weight": 1 + draw(width),
            f"{name}.mlp.gate_proj.weight": draw(hidden, width),
            f"{name}.mlp.up_proj.weight": draw(hidden, width),
            f"{name}.mlp.down_proj.weight": draw(width, hidden),
        }
    weights |= {"model.norm.weight": 1 + draw(width), "lm_head.weight": draw(vocabulary, width)}
    weights = {name: value.astype(np.float32).astype(np.float64) for name, value in weights.items()}

    def norm(states, name):
        return states / np.sqrt((states**2).mean(-1, keepdims=True) + 1e-6) * weights[name + ".weight"]

    def linear(states, name):
        return states @ weights[name + ".weight"].T

    def turned(states):
        angles = np.outer(np.arange(len(TOKENS)), base ** (-2 * np.arange(head // 2) / head))
        left, right = states[..., : head // 2], states[..., head // 2 :]
        return np.concatenate(
            [left * np.cos(angles) - right * np.sin(angles), right * np.cos(angles) + left * np.sin(angles)], -1
        )

    states = weights["model.embed_tokens.weight"][TOKENS]
    for i in range(layers):
        name = f"model.layers.{i}"
        normed = norm(states, f"{name}.input_layernorm")
        queries = turned(heads_of(linear(normed, f"{name}.self_attn.q_proj"), heads))
        keys = turned(heads_of(linear(normed, f"{name}.self_attn.k_proj"), shared))
        values = heads_of(linear(normed, f"{name}.self_attn.v_proj"), shared)
        read = attention(queries, keys.repeat(heads // shared, 0), values.repeat(heads // shared, 0))
        states = states + linear(joined(read), f"{name}.self_attn.o_proj")
        normed = norm(states, f"{name}.post_attention_layernorm")
        gate = linear(normed, f"{name}.mlp.gate_proj")
        gated = gate / (1 + np.exp(-gate)) * linear(normed, f"{name}.mlp.up_proj")
        states = states + linear(gated, f"{name}.mlp.down_proj")
    logits = linear(norm(states, "model.norm"), "lm_head")
    config = {
        "model_type": "llama",
        "hidden_size": width,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": shared,
        "intermediate_size": hidden,
        "max_position_embeddings": 16,
        "vocab_size": vocabulary,
        "rms_norm_eps": 1e-6,
        "rope_theta": base,
        "hidden_act": "silu",
        "tie_word_embeddings": False,
    }
    write(folder, config, weights, logits)


gpt2(pathlib.Path(sys.argv[1]) / "gpt2_tiny")
llama(pathlib.Path(sys.argv[1]) / "llama_tiny")
