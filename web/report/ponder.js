// How long was thought: at each step, about each word, against what makes a task hard.

const kPonderEquation =
  'A step takes inner steps until its halting probabilities h add up to 1 − ε; p weighs their states, and the last gets ' +
  'the remainder R (Graves 2016, eq. 5 to 9).';

/** Halting probabilities and weights of the only step of a sequence, over its inner steps. */
function thoughtChart(view) {
  const [halting, weights] = ['halting', 'halting_weights'].map((name) => view.array(name));
  const inner = Array.from({length: halting.shape[0]}, (_, n) => n + 1);
  const series = (label, style, {values}) => ({label, style, x: inner, y: Array.from(values)});
  return new Chart({
    title: `${inner.length} inner step${inner.length === 1 ? '' : 's'}, remainder ${numberText(view.array('remainder').values[0])}`,
    height: 220,
    x: {label: 'inner step', low: 0.5, high: inner.length + 0.5},
    y: {label: 'probability', low: 0, high: 1},
    series: [series('h', 'two', halting), series('p', 'one', weights)],
  });
}

function thoughtGroup(view, common) {
  if (view.array('ponder').shape[0] === 1)
    return {...group('How long it thought', kPonderEquation, thoughtChart(view)), layout: 'wide'};
  const ponder = view.array('ponder').values;
  const inner = (name, title) =>
    mapPanel({
      ...common,
      title,
      array: view.array(name),
      row_word: 'inner step',
      row_text: (row) => String(row + 1),
      height: Math.max(60, Math.min(200, view.array(name).shape[0] * 14)),
      scale: sequentialScale(1),
    });
  return group(
    'How long it thought',
    kPonderEquation,
    linePanel({
      ...common,
      title: 'Inner steps N',
      height: 110,
      low: 0,
      high: extent(ponder)[1] + 1,
      series: [{label: 'N', values: ponder, style: 'one'}],
    }),
    linePanel({
      ...common,
      title: 'Remainder R',
      height: 110,
      low: 0,
      high: 1,
      series: [{label: 'R', values: view.array('remainder').values, style: 'one'}],
    }),
    inner('halting', 'Halting probabilities h'),
    inner('halting_weights', 'Weights p of the inner steps'),
  );
}

const act_episode = {
  steps: episode.steps,
  readout: (view, step) => `${view.array('ponder').values[step]} inner steps`,
  groups: (view, cursor) => {
    const common = {cursor, due: view.array('answer_due')?.values};
    return [thoughtGroup(view, common), signalGroup(view, common)];
  },
};

/** A bar for each word, as long as was thought about it: sentences one under the other, short tokens side by side. */
class WordBars {
  constructor({title, words, values, unit}) {
    Object.assign(this, {title, words, values, unit});
    this.drawing = html('div', {class: 'drawing'});
    this.element = html('figure', {class: 'panel', 'data-title': title}, this.drawing, saveMenu(this));
  }

  render(width) {
    const sentences = this.words.some((word) => word.length > 3);
    const picture = (height, parts) =>
      svg(
        'svg',
        {width, height, class: 'plot', role: 'img', 'aria-label': `${this.title}: ${this.label()}`},
        svg('text', {class: 'title', x: 4, y: 15}, this.title),
        ...parts,
      );
    this.picture = sentences ? this.rows(width, picture) : this.columns(width, picture);
    this.drawing.replaceChildren(this.picture);
  }

  rows(width, picture) {
    const row = 19,
      letters = Math.min(60, Math.max(...this.words.map((word) => word.length))),
      left = Math.min(width * 0.6, letters * 6.6 + 14),
      most = Math.max(...this.values),
      room = width - left - 50;
    return picture(
      28 + row * this.words.length,
      this.words.flatMap((word, i) => {
        const y = 26 + i * row;
        return [
          svg('text', {class: 'tick', x: left - 6, y: y + 9, 'text-anchor': 'end', 'dominant-baseline': 'central'}, word),
          svg('rect', {class: 'ponder-bar', x: left, y: y + 2, width: (this.values[i] / most) * room, height: row - 5}),
          svg(
            'text',
            {class: 'tick', x: left + (this.values[i] / most) * room + 5, y: y + 9, 'dominant-baseline': 'central'},
            numberText(this.values[i]),
          ),
        ];
      }),
    );
  }

  columns(width, picture) {
    const cell = 14,
      height = 58,
      left = 30,
      most = Math.max(...this.values),
      across = Math.max(1, Math.floor((width - left - 10) / cell));
    const lines = Math.ceil(this.words.length / across);
    const parts = [];
    for (let line = 0; line < lines; ++line) {
      const base = 26 + line * (height + 24) + height;
      parts.push(
        svg('text', {class: 'tick', x: left - 6, y: base - height + 4, 'text-anchor': 'end'}, numberText(most)),
        svg('text', {class: 'tick', x: left - 6, y: base, 'text-anchor': 'end'}, '0'),
      );
      for (let i = line * across; i < Math.min(this.words.length, (line + 1) * across); ++i) {
        const x = left + (i - line * across) * cell,
          tall = (this.values[i] / most) * height;
        parts.push(
          svg('rect', {class: 'ponder-bar', x, y: base - tall, width: cell - 2, height: tall}),
          svg('text', {class: 'tick', x: x + cell / 2 - 1, y: base + 12, 'text-anchor': 'middle'}, this.words[i]),
        );
      }
    }
    return picture(30 + lines * (height + 24), parts);
  }

  label() {
    return `${this.words.length} words, at most ${numberText(Math.max(...this.values))} ${this.unit}`;
  }

  table() {
    return {
      header: ['place', 'word', this.unit],
      rows: this.words.map((word, i) => [i + 1, word, this.values[i]]),
    };
  }
}

const ponder_words = {
  steps: () => 0,
  readout: () => '',
  groups(view) {
    const bars = (title, words, name) => {
      const array = view.array(name);
      if (!array) return null;
      return new WordBars({title, words: view.facts[words].split('|'), values: Array.from(array.values), unit: array.unit});
    };
    return [
      {
        ...group(
          'How often each position was thought over',
          'The same block is applied again and again, until each position halts for itself (Dehghani et al. 2018).',
          bars('Context', 'context_words', 'context_ponder'),
          bars('Sequence', 'words', 'ponder'),
        ),
        layout: 'wide',
      },
    ];
  },
};

/** Curves over difficulty, or over what an inner step costs. */
function againstChart({title, x, series, unit, label, log}) {
  const [left, right] = extent(x);
  const highest = Math.max(...series.flatMap(({y}) => y), 1e-9);
  return new Chart({
    title,
    height: 280,
    series: series.map((one) => ({...one, x})),
    x: {label, log, low: log ? left : Math.min(left, 0), high: right > left ? right : left + 1},
    y: {label: unit, low: 0, high: highest * 1.08},
  });
}

/** The only curve of a drawing. */
const alone = (y) => [{label: '', style: 'one', y}];

const ponder_curves = {
  steps: () => 0,
  readout: () => '',
  groups(view) {
    const [difficulty, error, ponder] = ['difficulty', 'error', 'ponder'].map((name) => Array.from(view.array(name).values));
    const common = {x: difficulty, label: view.facts.difficulty};
    return [
      group(
        'Error and thinking against difficulty',
        `Over ${view.facts.sequences} sequences of each row of the test.`,
        againstChart({...common, title: 'Error', series: alone(error), unit: unitText(view.facts.error)}),
        againstChart({...common, title: 'Inner steps of a step', series: alone(ponder), unit: 'mean inner steps'}),
      ),
    ];
  },
};

const kPenaltyStyles = ['one', 'two', 'three', 'four', 'five'];

const ponder_sweep = {
  steps: () => 0,
  readout: () => '',
  groups(view) {
    const [difficulty, penalties] = ['difficulty', 'time_penalty'].map((name) => Array.from(view.array(name).values));
    const rowsOf = (name) =>
      penalties.map((_, run) =>
        Array.from(view.array(name).values.slice(run * difficulty.length, (run + 1) * difficulty.length)),
      );
    const curves = (name) =>
      rowsOf(name).map((y, run) => ({
        label: `τ ${penaltyText(penalties[run])}`,
        style: kPenaltyStyles[run] ?? 'faint',
        y,
      }));
    const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const overPenalty = (title, name, unit) =>
      againstChart({
        title,
        x: penalties,
        series: alone(rowsOf(name).map(mean)),
        unit,
        label: 'time penalty τ, log scale',
        log: true,
      });
    const overDifficulty = (title, name, unit) =>
      againstChart({title, x: difficulty, series: curves(name), unit, label: view.facts.difficulty});
    return [
      group(
        'Against difficulty',
        'A net for each price τ of an inner step in the loss (Graves 2016, section 3).',
        overDifficulty('Error', 'error', unitText(view.facts.error)),
        overDifficulty('Inner steps of a step', 'ponder', 'mean inner steps'),
      ),
      group(
        'Against the price of an inner step',
        'Means over the rows of the test: the dearer a step, the fewer are taken.',
        overPenalty('Error by τ', 'error', unitText(view.facts.error)),
        overPenalty('Inner steps by τ', 'ponder', 'mean inner steps'),
      ),
    ];
  },
};

function penaltyText(penalty) {
  return Number(penalty.toPrecision(3)).toString();
}
