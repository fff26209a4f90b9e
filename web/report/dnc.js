// A Differentiable Neural Computer: where it wrote and why there, what it read and along which links.

const kReadModeClasses = ['mode-content-shift', 'mode-content', 'mode-location']; // backward, content, forward
const kLinkShown = 0.1; // the least share of a read weighting at which a link counts as followed

/** The links that head `head` followed: [{step, from, to, source, target, share, way}]; the places where they
 * lead and the steps that wrote there, counted from 1. */
function linksOf(view, head) {
  const of = (name) => view.array(name).slice(head).values;
  const [share, from, to, way] = ['link_share', 'link_from', 'link_to', 'link_way'].map(of);
  const written_at = view.array('written_at');
  const steps = written_at.shape[1];
  const links = [];
  for (let step = 0; step < steps; ++step) {
    if (share[step] < kLinkShown) continue;
    const source = written_at.values[from[step] * steps + step],
      target = written_at.values[to[step] * steps + step];
    links.push({step, from: from[step], to: to[step], source, target, share: share[step], way: way[step]});
  }
  return links;
}

/** Over a map of read weightings: a line along each link that was followed, broken where it led backward. */
function linkMarks(links) {
  return (area, rows) => {
    const marks = svg('g', {class: 'walk over'});
    const y = (location) => area.y + ((rows.indexOf(location) + 0.5) / rows.length) * area.height;
    for (const {step, from, to, share, way} of links) {
      if (!rows.includes(from) || !rows.includes(to)) continue;
      const x = area.x + (step + 0.5) * area.cell;
      marks.append(
        svg('path', {
          class: way < 0 ? 'back' : '',
          d: `M${x - area.cell} ${y(from)}L${x} ${y(to)}`,
          'stroke-opacity': share,
        }),
      );
    }
    return marks;
  };
}

/** Arcs from step to step of writing: above the line forward, below it backward; those of the cursor's step stand
 * out. `heads`: the links of each head. */
function walkPanel({heads, wrote, ...parts}) {
  const steps = wrote.length;
  const links = heads.flatMap((links, head) => links.map((link) => ({...link, head})));
  const said = ({head, source, target, way, share}) =>
    `head ${head + 1}: what step ${source} wrote → what step ${target} wrote, ${way < 0 ? 'backward' : 'forward'}, share ${numberText(share)}`;
  const at = (step) => links.filter((link) => link.step === step);
  const panel = new TimePanel({
    ...parts,
    steps,
    brief: (step) => at(step).slice(0, 2).map(said).join(' · '),
    draw(area) {
      const middle = area.y + area.height / 2;
      const x = (written) => area.x + (written - 0.5) * area.cell;
      const longest = Math.max(1, ...links.map(({source, target}) => Math.abs(source - target)));
      const arcs = links.map((link) => {
        const left = x(link.source),
          right = x(link.target);
        const rise = (area.height / 2 - 8) * Math.sqrt(Math.abs(link.source - link.target) / longest);
        const top = middle - Math.sign(link.way) * Math.max(6, rise);
        return svg('path', {
          class: [
            kLineStyles[link.head % kLineStyles.length],
            link.way < 0 ? 'back' : '',
            link.step === parts.cursor.step ? 'now' : '',
          ].join(' '),
          d: `M${left} ${middle}C${left} ${top} ${right} ${top} ${right} ${middle}`,
          'stroke-opacity': 0.25 + 0.75 * link.share,
          'data-step': link.step + 1,
        });
      });
      const dots = Array.from(wrote, (some, t) =>
        some
          ? svg('circle', {cx: x(t + 1), cy: middle, r: Math.min(3.5, Math.max(1.5, area.cell / 3))})
          : null,
      );
      return svg('g', {class: 'walk'}, ...arcs, ...dots);
    },
    describe: (step) => (at(step).length === 0 ? ['no link followed'] : at(step).map(said)),
    table: () => ({
      header: [
        'head',
        'step',
        'from location',
        'to location',
        'written at',
        'next written at',
        'way',
        'share',
      ],
      rows: links.map(({head, step, from, to, source, target, way, share}) => [
        head + 1,
        step + 1,
        from,
        to,
        source,
        target,
        way < 0 ? 'backward' : 'forward',
        exactNumber(share),
      ]),
    }),
  });
  panel.cursor.listen(({step}) => {
    for (const arc of panel.element.querySelectorAll('.walk path'))
      arc.classList.toggle('now', Number(arc.dataset.step) === step + 1);
  });
  return panel;
}

function vectorGroup(view, common) {
  const vectors = (name, title) =>
    perHead(view, name).map(({array, name: which}) =>
      mapPanel({
        ...common,
        title: `${title}${which}`,
        array,
        row_word: 'element',
        height: Math.max(70, Math.min(160, array.shape[0] * 5)),
      }),
    );
  return group(
    'What was written and read',
    'The write head adds v to where it writes; each read head gets r = Σ w[i] M[i].',
    ...vectors('writes', 'Writes'),
    ...vectors('reads', 'Reads'),
  );
}

/** Lines over time from an array [head, time], one a head. */
function headLines(view, common, name, symbol, title, high) {
  const heads = perHead(view, name);
  return linePanel({
    ...common,
    title,
    height: 66,
    low: 0,
    high,
    series: heads.map(({array}, head) => ({
      label: heads.length === 1 ? symbol : `${symbol}${head + 1}`,
      values: array.values,
      style: kLineStyles[head % kLineStyles.length],
    })),
  });
}

function writeGroup(view, common, rows) {
  const height = Math.max(120, Math.min(320, rows.length * 7));
  const map = (title, array, more = {}) =>
    mapPanel({
      ...common,
      title,
      array,
      rows,
      row_word: 'location',
      height,
      scale: sequentialScale(1),
      ...more,
    });
  const weights = view.array('write_weights').slice(0);
  const peak = (step) => {
    let best = 0;
    for (let row = 1; row < weights.shape[0]; ++row) {
      if (weights.values[row * weights.shape[1] + step] > weights.values[best * weights.shape[1] + step])
        best = row;
    }
    return `peak ${numberText(weights.values[best * weights.shape[1] + step])} at location ${best}`;
  };
  const gate = (label, name, style) => ({label, values: view.array(name).values, style});
  return group(
    'Where it wrote, and why there',
    'w = gʷ (gᵃ a + (1 − gᵃ) c): to a free location (allocation a, from the usage u) or over what looks like the key (content c). Reading with a free gate f gives a location back (Graves et al. 2016, Methods).',
    map('Write weightings', weights, {brief: peak}),
    map('Allocation a', view.array('allocation_weights')),
    map('Usage u', view.array('usage')),
    linePanel({
      ...common,
      title: 'Write gate gʷ and allocation gate gᵃ',
      height: Math.min(height, 120),
      low: 0,
      high: 1,
      series: [gate('gʷ', 'write_gate', 'one'), gate('gᵃ', 'allocation_gate', 'two')],
    }),
    headLines(view, common, 'free_gates', 'f', 'Free gates f', 1),
    linePanel({
      ...common,
      title: 'Strength of the write key',
      height: 66,
      low: 0,
      high: Math.max(2, extent(view.array('write_strength').values)[1] * 1.05),
      series: [gate('β', 'write_strength', 'one')],
    }),
  );
}

function readGroup(view, common, rows) {
  const heads = view.array('read_weights').shape[0];
  const height = Math.max(120, Math.min(320, rows.length * 7)) * (heads > 1 ? 0.7 : 1);
  const linked = view.array('read_modes') !== undefined;
  const words = view.facts.modes?.split('|');
  const panels = perHead(view, 'read_weights').flatMap(({array, name}, head) => {
    const position = view.array('read_position').slice(head).values;
    const weightings = mapPanel({
      ...common,
      title: `Read weightings${name}`,
      array,
      rows,
      row_word: 'location',
      height,
      scale: sequentialScale(1),
      marks: linked ? linkMarks(linksOf(view, head)) : undefined,
      brief: (step) =>
        `peak ${numberText(array.values[position[step] * array.shape[1] + step])} at location ${position[step]}`,
    });
    if (!linked) return [weightings];
    const modes = mapPanel({
      ...common,
      title: `Read modes π${name}`,
      array: view.array('read_modes').slice(head),
      row_word: '',
      row_text: (row) => words[row],
      height: Math.min(height, 72),
      scale: sequentialScale(1),
      margin: {...kMargin, left: 62},
    });
    return [weightings, modes];
  });
  return group(
    'What it read, and how it found it',
    linked
      ? 'w = π₁ b + π₂ c + π₃ f: what was written before the last read (backward), what looks like the key (content), what was written after it (forward). A white line is a link that was followed, broken where it leads backward.'
      : 'By content alone: w = c, what looks like the key.',
    ...panels,
  );
}

function linkGroup(view, common) {
  const heads = view.array('read_weights').shape[0];
  const words = view.facts.modes.split('|');
  const weights = view.array('write_weights').slice(0);
  const [locations, steps] = weights.shape;
  const wrote = Array.from({length: steps}, (_, step) => {
    for (let row = 0; row < locations; ++row)
      if (weights.values[row * steps + step] > kLinkShown) return true;
    return false;
  });
  return {
    ...group(
      'The links that it walked',
      'Each arc joins what was written at one step to what was written next; a read that follows a link forward is drawn above, backward below. The strip names the largest of the three read modes.',
      walkPanel({
        ...common,
        title: 'Links followed, from step of writing to step of writing',
        height: 150,
        heads: Array.from({length: heads}, (_, head) => linksOf(view, head)),
        wrote,
      }),
      headSources(view, common),
      stripPanel({
        ...common,
        title: `Mode of the read head${heads > 1 ? 's' : ''}`,
        words,
        classes: kReadModeClasses,
        rows: perHead(view, 'read_mode').map(({array}, head) => ({
          label: String(head + 1),
          values: array.values,
        })),
        height: 26 * heads,
      }),
    ),
    legend: modeLegend(words, kReadModeClasses),
    layout: 'wide',
  };
}

/** For each step the step whose writing was read most. */
function headSources(view, common) {
  return linePanel({
    ...common,
    title: 'Step that wrote what is read (0: nothing written there)',
    height: 110,
    low: 0,
    high: view.array('read_source').shape[1],
    unit: 'step',
    series: perHead(view, 'read_source').map(({array}, head) => ({
      label: `head ${head + 1}`,
      values: array.values,
      style: kLineStyles[head % kLineStyles.length],
    })),
  });
}

function dncReadout(view, step) {
  const words = view.facts.modes?.split('|');
  const at = (name) => view.array(name).values[step];
  const said = [
    `write gate ${numberText(at('write_gate'))}, ${at('allocation_gate') > 0.5 ? 'to a free location' : 'by content'}`,
  ];
  for (let head = 0; head < Math.min(4, view.array('read_weights').shape[0]); ++head) {
    const of = (name) => view.array(name).slice(head).values[step];
    const source = of('read_source');
    said.push(
      `head ${head + 1}: ${words ? `${words[of('read_mode')]}, ` : ''}${source ? `what step ${source} wrote` : 'nothing written'}`,
    );
  }
  return said.join(' · ');
}

const kWordRoom = 250; // for a triple in names beside a map

/** The picture of the paper: what was written, and from the question on what was read, with the question's words along
 * the axis and beside each location the triple that it held when the question came. */
function heldGroup(view, common) {
  const words = view.facts.words?.split('|'),
    held = view.array('held')?.values;
  if (!words || !held) return [];
  const weights = view.array('write_weights').slice(0),
    reads = view.array('read_weights');
  const [locations, steps] = weights.shape;
  const asked = words.findIndex((word) => word.startsWith('?'));
  const values = Float32Array.from(weights.values, (weight, i) => {
    if (i % steps < asked) return weight;
    let most = 0;
    for (let head = 0; head < reads.shape[0]; ++head) most = Math.max(most, reads.values[head * locations * steps + i]);
    return most;
  });
  const written_at = view.array('written_at').values;
  const wrote = (location) => written_at[location * steps + asked - 1];
  const rows = Array.from({length: locations}, (_, i) => i)
    .filter((location) => held[location] !== 0)
    .sort((one, other) => wrote(one) - wrote(other));
  if (rows.length === 0) return [];
  const right = rows.filter((location) => held[location] === wrote(location)).length;
  const text = (location) => (held[location] > 0 ? words[held[location] - 1] : '(no triple of this graph)');
  return [
    {
      ...group(
        'What each location holds',
        `Left of the question’s first word (?) what was written, from there on what was read, the most of all heads. Beside each location stands the triple that it held when the question came, decoded from its contents by a linear map that was fitted by least squares to what the model wrote in other graphs: ${right} of ${rows.length} are the triple that was shown as the location was written last.`,
        mapPanel({
          ...common,
          title: 'Written, then read, by what the locations hold',
          array: {name: 'attention', shape: weights.shape, values},
          rows,
          row_word: 'location',
          row_text: text,
          every_row: true,
          height: rows.length * 11,
          scale: sequentialScale(1),
          step_words: words,
          margin: {...kMargin, left: kWordRoom},
          marks: (area) =>
            svg('line', {
              class: 'asked',
              x1: area.x + asked * area.cell,
              x2: area.x + asked * area.cell,
              y1: area.y,
              y2: area.y + area.height,
            }),
        }),
      ),
      layout: 'wide',
    },
  ];
}

const dnc_episode = {
  steps: (view) => view.array('outputs').shape[1],
  readout: dncReadout,
  groups: (view, cursor) => {
    const common = {cursor, due: view.array('answer_due')?.values, ...wordsOf(view)};
    const locations = view.array('write_weights').shape[1];
    const rows =
      kLocationChoice.value === 'used' ? usedLocations(view) : Array.from({length: locations}, (_, i) => i);
    return [
      ...heldGroup(view, common),
      signalGroup(view, common),
      vectorGroup(view, common),
      writeGroup(view, common, rows),
      readGroup(view, common, rows),
      ...(view.array('read_modes') ? [linkGroup(view, common)] : []),
    ];
  },
};
