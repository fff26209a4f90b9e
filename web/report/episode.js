// One sequence: what went in and came out and, for a machine with heads, where they looked and how they moved.

const kLocationChoice = {value: 'used'};
const kLineStyles = ['one', 'two', 'three', 'four', 'five'];

/** A heading with a note under it, then panels in two columns. */
function group(title, note, ...panels) {
  return {title, note, panels: panels.filter((panel) => panel !== null)};
}

/** The heads' rows of an array [head, …], each as its own array; the name says which head when there are several. */
function perHead(view, name) {
  const array = view.array(name);
  if (!array) return [];
  return Array.from({length: array.shape[0]}, (_, head) => ({
    array: array.slice(head),
    name: array.shape[0] === 1 ? '' : `, head ${head + 1}`,
  }));
}

/** The locations that any head used, as one stretch round the circular memory, with a little room about it. */
function usedLocations(view) {
  const arrays = ['write_weights', 'read_weights'].map((name) => view.array(name)).filter(Boolean);
  const locations = arrays[0].shape[1];
  const used = new Array(locations).fill(false);
  for (const {
    values,
    shape: [, , steps],
  } of arrays) {
    for (let i = 0; i < values.length; ++i) used[Math.floor(i / steps) % locations] ||= values[i] > 0.1;
  }
  let gap_end = 0,
    longest = 0,
    length = 0;
  for (let i = 0; i < 2 * locations; ++i) {
    length = used[i % locations] ? 0 : length + 1;
    if (length > longest && length <= locations) [longest, gap_end] = [length, i + 1];
  }
  const kept = longest >= locations ? locations : Math.min(locations, Math.max(8, locations - longest + 4));
  const first = kept === locations ? 0 : gap_end - 2 + 2 * locations;
  return Array.from({length: kept}, (_, i) => (first + i) % locations);
}

/** Triangles where a head jumped, and rings on the location where it landed. */
function jumpMarks(jumps, positions, steps) {
  return (area, rows) => {
    const marks = svg('g', {class: 'jump'});
    const rings = jumps.reduce((count, jump) => count + jump, 0) < steps / 8; // more would hide the weightings
    for (let step = 0; step < steps; ++step) {
      const row = rows.indexOf(positions[step]);
      if (!jumps[step] || row < 0) continue;
      const x = area.x + (step + 0.5) * area.cell,
        y = area.y + ((row + 0.5) / rows.length) * area.height;
      marks.append(svg('path', {d: `M${x - 4} ${area.y - 7}h8l-4 6z`}));
      if (rings) marks.append(svg('circle', {cx: x, cy: y, r: Math.max(4, area.cell * 0.7)}));
    }
    return marks;
  };
}

function outputMarks(view) {
  const outputs = view.array('outputs'),
    targets = view.array('targets'),
    due = view.array('answer_due')?.values;
  const steps = outputs.shape[1];
  return (area, rows) => {
    const marks = svg('g', {});
    if (due) {
      for (const [first, end] of runs(due, steps)) {
        if (due[first]) continue;
        marks.append(
          svg('rect', {
            class: 'veil',
            x: area.x + first * area.cell,
            y: area.y,
            width: (end - first) * area.cell,
            height: area.height,
          }),
        );
      }
    }
    const cell = area.height / rows.length,
      size = Math.min(area.cell, cell) * 0.3;
    let path = '',
      wrong = 0;
    for (let i = 0; i < outputs.values.length; ++i) {
      const step = i % steps,
        row = Math.floor(i / steps);
      if ((due && !due[step]) || outputs.values[i] > 0.5 === targets.values[i] > 0.5) continue;
      const x = area.x + (step + 0.5) * area.cell,
        y = area.y + (row + 0.5) * cell;
      ++wrong;
      path += `M${x - size} ${y - size}L${x + size} ${y + size}M${x - size} ${y + size}L${x + size} ${y - size}`;
    }
    // Where a fifth is wrong, as with bits that nobody can know, crosses would only hide the outputs.
    const asked = due ? due.reduce((count, one) => count + one, 0) * outputs.shape[0] : outputs.values.length;
    if (wrong > 0 && wrong < asked / 5) marks.append(svg('path', {class: 'wrong', d: path}));
    return marks;
  };
}

function signalGroup(view, common) {
  const rows_height = (array) => Math.max(54, Math.min(220, array.shape[0] * 11));
  const inputs = view.array('inputs'),
    outputs = view.array('outputs'),
    targets = view.array('targets');
  const cost = view.array('cost');
  const height = Math.max(rows_height(inputs), rows_height(outputs));
  return group(
    'What went in and what came out',
    'Outputs are probabilities. The bar under the axis marks the steps where an answer is due; a cross marks a wrong one.' +
      (view.array('support') ? ' The words of the sentences that the answers rest on stand out.' : ''),
    mapPanel({
      ...common,
      title: 'Inputs',
      array: inputs,
      row_word: 'channel',
      height,
      scale: clippedScale(inputs),
    }),
    mapPanel({
      ...common,
      title: 'Outputs',
      array: outputs,
      row_word: 'output',
      height,
      marks: outputMarks(view),
    }),
    cost
      ? linePanel({
          ...common,
          title: 'Cost of each step',
          height: rows_height(targets),
          low: 0,
          high: Math.max(0.1, extent(cost.values)[1] * 1.05),
          unit: cost.unit,
          series: [{label: 'cost', values: cost.values, style: 'one'}],
        })
      : null,
    mapPanel({...common, title: 'Targets', array: targets, row_word: 'output', height: rows_height(targets)}),
  );
}

/** Panels of the write heads at the left, of the read heads at the right. */
function sideBySide(make, heads) {
  const sides = ['write', 'read'].map((side) => make(side));
  const panels = [];
  for (let i = 0; i < heads; ++i) panels.push(sides[0][i] ?? null, sides[1][i] ?? null);
  return panels;
}

/** The word at each step, where steps are words and not whole triples; otherwise undefined. */
function stepWords(view) {
  const words = view.facts.words?.split('|');
  return words?.every((word) => word.length <= 16) ? words : undefined;
}

/** What panels are told of the words. */
const wordsOf = (view) => ({step_words: stepWords(view), step_support: view.array('support')?.values});

const capital = (word) => word[0].toUpperCase() + word.slice(1);

function headGroups(view, common) {
  const heads = Math.max(view.array('write_weights').shape[0], view.array('read_weights').shape[0]);
  const slim = heads > 1 ? 0.7 : 1;
  const locations = view.array('write_weights').shape[1];
  const rows =
    kLocationChoice.value === 'used' ? usedLocations(view) : Array.from({length: locations}, (_, i) => i);
  const vectors = sideBySide(
    (side) =>
      perHead(view, side === 'write' ? 'adds' : 'reads').map(({array, name}) =>
        mapPanel({
          ...common,
          title: `${side === 'write' ? 'Adds' : 'Reads'}${name}`,
          array,
          row_word: 'element',
          height: Math.max(70, array.shape[0] * 6 * slim),
        }),
      ),
    heads,
  );
  const weightings = sideBySide(
    (side) =>
      perHead(view, `${side}_weights`).map(({array, name}, head) => {
        const positions = view.array(`${side}_position`).slice(head).values,
          jumps = view.array(`${side}_jump`).slice(head).values;
        return mapPanel({
          ...common,
          title: `${capital(side)} weightings${name}`,
          array,
          rows,
          row_word: 'location',
          height: Math.max(120, Math.min(320, rows.length * 7)) * slim,
          scale: sequentialScale(1),
          marks: jumpMarks(jumps, positions, array.shape[1]),
          brief: (step) =>
            `peak ${numberText(array.values[positions[step] * array.shape[1] + step])} at location ${positions[step]}`,
        });
      }),
    heads,
  );
  const words = view.facts.modes.split('|');
  const modes = ['write', 'read'].map((side) =>
    stripPanel({
      ...common,
      title: `Mode of the ${side} head${view.array(`${side}_mode`).shape[0] > 1 ? 's' : ''}`,
      words,
      classes: kModeClasses,
      rows: perHead(view, `${side}_mode`).map(({array}, head) => ({
        label: String(head + 1),
        values: array.values,
      })),
      height: 26 * view.array(`${side}_mode`).shape[0],
    }),
  );
  const line = (side, symbol, title, rows, low, high) =>
    linePanel({
      ...common,
      title,
      height: 66,
      low,
      high,
      series: rows.map(({array}, head) => ({
        label: rows.length === 1 ? symbol : `${symbol}${head + 1}`,
        values: array.values,
        style: kLineStyles[head % kLineStyles.length],
      })),
    });
  const lines = (symbol, title, name, low) =>
    ['write', 'read'].map((side) => {
      const rows = perHead(view, `${side}_${name}`);
      return line(
        side,
        symbol,
        title,
        rows,
        low,
        name === 'gate' ? 1 : Math.max(low + 1, extent(view.array(`${side}_${name}`).values)[1] * 1.05),
      );
    });
  // One head's kernel is a map; of several heads the mean shift is enough to follow.
  const shifts = ['write', 'read'].map((side) => {
    const rows = perHead(view, `${side}_shift`);
    const range = (rows[0].array.shape[0] - 1) / 2;
    if (rows.length > 1)
      return line(
        side,
        's',
        'Mean shift',
        rows.map(({array}) => ({array: meanShift(array, range)})),
        -range,
        range,
      );
    return mapPanel({
      ...common,
      title: 'Shift kernel s',
      array: rows[0].array,
      row_word: 'shift',
      height: Math.max(48, rows[0].array.shape[0] * 18),
      row_text: (row) => (row > range ? `+${row - range}` : String(row - range).replace('-', '−')),
      scale: sequentialScale(1),
    });
  });
  return [
    group(
      'What was written and read',
      'Each write head adds a vector a; each read head gets r = Σ w[i] M[i].',
      ...vectors,
    ),
    group(
      'Where the heads looked',
      'Weightings w over the locations of memory. A triangle marks a jump: a move that the shift kernel alone could not make.',
      ...weightings,
    ),
    {
      ...group(
        'How the heads moved',
        'w = sharpen(shift(g·content(k, β) + (1 − g)·w before, s), γ) (Graves et al. 2014, eq. 5 to 9). The mode follows from g, β and s; the rule is below.',
        ...modes,
        ...lines('g', 'Gate g (1: content, 0: last weighting)', 'gate', 0),
        ...lines('β', 'Strength β of the content key', 'strength', 0),
        ...shifts,
        ...lines('γ', 'Sharpening γ', 'sharpening', 1),
      ),
      legend: modeLegend(words, kModeClasses),
    },
  ];
}

/** What the colours of a strip of modes mean. */
function modeLegend(words, classes) {
  return html(
    'p',
    {class: 'legend'},
    ...words.map((word, mode) => html('span', {}, html('i', {class: `swatch ${classes[mode]}`}), word)),
  );
}

/** The mean of a shift kernel [shift, time] over time. */
function meanShift({values, shape: [shifts, steps]}, range) {
  const means = Float32Array.from({length: steps}, (_, step) => {
    let mean = 0;
    for (let row = 0; row < shifts; ++row) mean += (row - range) * values[row * steps + step];
    return mean;
  });
  return {values: means};
}

function headReadout(view, step) {
  const words = view.facts.modes?.split('|');
  if (!words) return '';
  const said = [];
  for (const side of ['write', 'read']) {
    const of = (name, head) => view.array(`${side}_${name}`).slice(head).values[step];
    for (let head = 0; head < view.array(`${side}_mode`).shape[0]; ++head) {
      said.push(
        `${side} head${head ? ` ${head + 1}` : ''}: location ${of('position', head)}, ${words[of('mode', head)]}${of('jump', head) ? ', jumped' : ''}`,
      );
    }
  }
  return said.slice(0, 4).join(' · ');
}

const episode = {
  steps: (view) => view.array('outputs').shape[1],
  readout: headReadout,
  groups: (view, cursor) => {
    const common = {cursor, due: view.array('answer_due')?.values, ...wordsOf(view)};
    return [signalGroup(view, common), ...(view.array('write_weights') ? headGroups(view, common) : [])];
  },
};
