"""Tokens of GPT-2 for the texts of tests/tasks/text/gpt2_units_test.cpp, by OpenAI's tiktoken.

    pip install tiktoken
    python3 gpt2_units_golden.py FOLDER

FOLDER holds the published encoder.json and vocab.bpe, unpacked.
"""

import sys

import tiktoken
import tiktoken.load

PATTERN = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
TEXTS = [
    "Hello, I'm a language model,",
    "In a shocking finding, scientist discovered a herd of unicorns living in a remote, previously unexplored valley.",
    "  two  blanks\n\n\tand a tab \n",
    "don't they'll WE'LL ''s 's",
    "12,345.67 \u00bd \u0663 x2",
    "Gr\u00fc\u00dfe, na\u00efve caf\u00e9 \u65e5\u672c\u8a9e \U0001f600\u200d\u2764\ufe0f",
    "a\u00a0b\u3000c\u2028d\u0085e",
    "\u0915\u094d\u0937 e\u0301 \u0e01\u0e33",
    " ",
    "   ",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "\x00\x7f\x1c end",
]

folder = sys.argv[1]
ranks = tiktoken.load.data_gym_to_mergeable_bpe_ranks(
    vocab_bpe_file=f"{folder}/vocab.bpe", encoder_json_file=f"{folder}/encoder.json"
)
units = tiktoken.Encoding(name="gpt2", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens={"<|endoftext|>": 50256})
for text in TEXTS:
    print(ascii(text), units.encode(text))
