"""Scores small corpora with sacreBLEU itself and prints what it counts, as JSON: bleu_golden.json is its output.

Needs the package sacrebleu; ends with 3 where it is not installed.
"""
import json
import random
import sys

try:
    import sacrebleu
    from sacrebleu.metrics import BLEU
except ImportError:
    sys.exit(3)

# Punctuation, numbers, entities, letters beyond ASCII and their capitals, spaces of all kinds, nothing at all.
LINES = [
    ("Ein Mann schläft in einem grünen Raum auf einem Sofa.", "Ein Mann schläft auf einem Sofa in einem grünen Raum."),
    ("A man, his dog -- and $1,234.56 in 2-for-1 coupons!", "A man, his dog - and $ 1,234.56 in 2 - for - 1 coupons !"),
    ("Tom &amp; Jerry said &quot;no&quot; &lt;twice&gt;.", "Tom & Jerry said \"no\" <twice>."),
    ("ÄRGERLICH: ÉTÉ À ŁÓDŹ, ΑΘΗΝΑ И МОСКВА", "ärgerlich: été à łódź, αθηνα и москва"),
    ("it's 3.5% (not 4,0) of .5 and 6. of e.g. U.S.A.,b", "It's 3,5 % (not 4.0) of .5 and 6 . of e.g. U.S.A., b"),
    ("one\u00a0two\u2009three\tfour  five", "one two three four five"),
    ("", "something was due here"),
    ("no match whatever", "Zwei Hunde spielen im Schnee ."),
    ("a b", "a b"),
    ("the the the the the the the", "The cat is on the mat."),
    ("Zwei Männer stehen am Herd und bereiten Essen zu.", "Zwei Männer stehen am Herd und bereiten Essen zu."),
    ("A -- B ... C, D.E 1.2,3- 4-5 -6", "A--B...C, D.E 1.2,3-4-5-6"),
]


def corpora():
    for pair in LINES:
        yield [pair]
    yield LINES
    draw = random.Random(1)
    letters = ["a", "b", "c", ".", ",", "7", "-", "'", "ä", "Ö", "!", "&amp;"]
    for _ in range(20):
        yield [tuple("".join(draw.choice(letters + [" "] * 6) for _ in range(draw.randint(0, 30))) for _ in range(2))
               for _ in range(draw.randint(1, 4))]


def scored(pairs, lower_case):
    metric = BLEU(lowercase=lower_case)
    score = metric.corpus_score([given for given, _ in pairs], [[expected for _, expected in pairs]])
    return {"matches": score.counts, "total": score.totals, "length": score.sys_len,
            "reference_length": score.ref_len, "bleu": score.score, "signature": str(metric.get_signature())}


lines = [json.dumps({"pairs": pairs, "mixed": scored(pairs, False), "lower": scored(pairs, True)}, ensure_ascii=False)
         for pairs in corpora()]
print('{"sacrebleu": "%s", "corpora": [\n%s]}' % (sacrebleu.__version__, ",\n".join(lines)))
