// The kinds of view that a trace may hold, and how each is drawn: {steps, groups, readout}.

const generalisation = {
  steps: (view) => Math.max(...view.facts.lengths.split(' ').map(Number)),
  readout: () => '',
  groups(view, cursor) {
    const lengths = view.facts.lengths.split(' ').map(Number);
    const widest = Math.max(...lengths);
    const blocks = lengths.flatMap((length) =>
      ['targets', 'outputs'].map((name) => {
        const array = view.array(`${name} ${length}`);
        const wrong = view
          .array(`outputs ${length}`)
          .values.reduce(
            (count, value, i) => count + (value > 0.5 !== view.array(`targets ${length}`).values[i] > 0.5),
            0,
          );
        const panel = mapPanel({
          cursor,
          array,
          row_word: 'bit',
          height: array.shape[0] * 9,
          bar: length === widest,
          title: name === 'targets' ? `Length ${length}` : `Outputs, ${wrong} wrong`,
          ticks: name === 'outputs',
          scale: sequentialScale(1),
          margin: {left: 20, right: length === widest ? 46 : 4, top: 22, bottom: name === 'targets' ? 4 : 24},
          marks:
            name === 'targets'
              ? undefined
              : outputMarks({
                  array: (which) => (which === 'answer_due' ? undefined : view.array(`${which} ${length}`)),
                }),
        });
        panel.block = length;
        panel.share = length / widest;
        return panel;
      }),
    );
    return [
      {
        ...group(
          'Targets and outputs at each length',
          'Targets above, outputs below. Lengths beyond those of training are generalisation; a cross marks a wrong bit.',
          ...blocks,
        ),
        layout: 'blocks',
      },
    ];
  },
};

const ngrams = {
  steps: (view) => view.array('prediction').shape[0],
  readout: (view, step) =>
    `bit ${step + 1}: ${view.array('bits').values[step]} · model ${numberText(view.array('prediction').values[step])} · ` +
    `optimal ${numberText(view.array('optimal').values[step])}`,
  groups(view, cursor) {
    const [bits, prediction, optimal] = ['bits', 'prediction', 'optimal'].map(
      (name) => view.array(name).values,
    );
    const common = {cursor, column_word: 'bit'};
    const cost = (values) => {
      let sum = 0;
      return Float32Array.from(values, (value, i) =>
        Number.isNaN(value) ? sum : (sum -= Math.log2(Math.max(1e-12, bits[i] ? value : 1 - value))),
      );
    };
    const costs = {model: cost(prediction), optimal: cost(optimal)};
    const groups = [
      {
        ...group(
          'Predictions beside the optimal estimator’s',
          'Probability that the next bit is 1. The estimator is (N₁ + ½) / (N₀ + N₁ + 1) for the context of the last five bits (Graves et al. 2014, eq. 10).',
          linePanel({
            ...common,
            title: 'Predictions; dots are the bits',
            height: 200,
            low: 0,
            high: 1,
            series: [
              {label: 'optimal', values: optimal, style: 'two'},
              {label: 'model', values: prediction, style: 'one'},
              {label: 'bit', values: bits, style: 'dots'},
            ],
          }),
          linePanel({
            ...common,
            title: 'Cost so far',
            height: 130,
            low: 0,
            high: Math.max(costs.model.at(-1), costs.optimal.at(-1)) * 1.02,
            unit: 'bits',
            series: [
              {label: 'optimal', values: costs.optimal, style: 'two'},
              {label: 'model', values: costs.model, style: 'one'},
            ],
          }),
        ),
        layout: 'wide',
      },
    ];
    if (!view.array('context_writes')) return groups; // a machine without heads
    const contexts = view.array('contexts').values;
    const context_cursor = new TimeCursor(view.array('context_writes').shape[1], () => {});
    cursor.listen(({step}) => {
      if (contexts[step] >= 0) context_cursor.move(contexts[step]);
    });
    const width = Math.log2(context_cursor.steps);
    const maps = [
      ['context_writes', 'Writes after each context'],
      ['context_reads', 'Reads after each context'],
    ].map(([name, title]) => {
      const array = view.array(name);
      const rows = Array.from({length: array.shape[0]}, (_, i) => i).filter((row) =>
        array.values.subarray(row * array.shape[1], (row + 1) * array.shape[1]).some((value) => value > 0.02),
      );
      return mapPanel({
        cursor: context_cursor,
        array,
        rows,
        title,
        row_word: 'location',
        height: 260,
        column_word: 'context',
        scale: sequentialScale(Math.max(0.05, extent(array.values)[1])),
        column_text: (context) => context.toString(2).padStart(width, '0'),
      });
    });
    groups.push(
      group(
        'Where the counts are kept',
        'Mean weighting over the steps that follow each context of five bits: the same locations for the same context are its counter.',
        ...maps,
      ),
    );
    return groups;
  },
};

const priority_sort = {
  steps: () => 0,
  readout: () => '',
  groups(view) {
    const [priority, written, read] = ['priority', 'write_location', 'read_location'].map((name) =>
      view.array(name),
    );
    const [slope, offset] = view.array('fit').values;
    const [low, high] = extent([...written.values, ...read.values]);
    const locations = {label: 'location', low: low - 2, high: high + 2};
    const first = (array) => Array.from(array.slice(0).values);
    const expected = first(view.array('expected_location')),
      found = first(read);
    const ranks = found.map((_, i) => i + 1);
    return [
      group(
        'Write location against priority',
        `Location of the write head when each vector arrives, over ${priority.shape[0]} sequences; ` +
          `linear fit: location = ${numberText(slope)} · priority + ${numberText(offset)}, R² ${view.facts['R²']}. ` +
          'Locations are counted from the longest unused stretch of the circular memory.',
        new Chart({
          title: 'Where each vector is written',
          height: 300,
          x: {label: 'priority', low: -1, high: 1},
          y: locations,
          series: [
            {
              label: 'written',
              style: 'dots one',
              x: Array.from(priority.values),
              y: Array.from(written.values),
            },
            {label: 'fit', style: 'two', x: [-1, 1], y: [offset - slope, offset + slope]},
          ],
        }),
        new Chart({
          title: 'Where the answer is read',
          height: 300,
          x: {label: 'place in the answer', low: 0, high: ranks.length + 1},
          y: locations,
          series: [
            {label: 'written at', style: 'dots two', x: ranks, y: expected},
            {label: 'read from', style: 'one', x: ranks, y: found},
          ],
        }),
      ),
    ];
  },
};

/** A curve: arrays x and y, or y alone. A scatter: the same as dots. */
const plain = {
  steps: () => 0,
  readout: () => '',
  groups(view) {
    const y = view.array('y').values,
      x = view.array('x')?.values ?? Float32Array.from(y, (_, i) => i + 1);
    const [left, right] = extent(x),
      [low, high] = extent(y);
    const style = view.kind === 'scatter' ? 'dots one' : 'one';
    return [
      {
        ...group(
          view.title,
          '',
          new Chart({
            title: view.title,
            height: 280,
            series: [{label: view.array('y').unit, style, x: Array.from(x), y: Array.from(y)}],
            x: {label: view.array('x')?.unit ?? '', low: left, high: right > left ? right : left + 1},
            y: {label: view.array('y').unit, low: Math.min(0, low), high: high > low ? high : low + 1},
          }),
        ),
        layout: 'wide',
      },
    ];
  },
};

const kViews = {
  translation,
  'pen-jacobian': pen_jacobian,
  text: text_view,
  'ntm-episode': episode,
  'dnc-episode': dnc_episode,
  episode,
  story,
  generalisation,
  ngrams,
  'priority-sort': priority_sort,
  handwriting,
  'handwriting-lines': handwriting_lines,
  'act-episode': act_episode,
  'ponder-words': ponder_words,
  ponder: ponder_curves,
  'ponder-sweep': ponder_sweep,
  curve: plain,
  scatter: plain,
};
