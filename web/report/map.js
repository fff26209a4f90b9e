// A map or family tree with the answer that was given, above what the model did.

/** What was shown or given at a step, in names: "(Moorgate, Bank, Northern)". */
const wordsAt = (view, step) => view.facts.words?.split('|')[step] ?? '';

/** Stations and lines; the answer's edges wide, the one of the cursor's step in the accent colour. */
class MapPanel {
  constructor({view, cursor}) {
    Object.assign(this, {view, cursor, title: 'Map'});
    this.stations = view.facts.map_stations.split('|');
    this.lines = view.facts.map_lines.split('|');
    this.colours = view.facts.map_colours.split('|');
    const rows = (name) => Array.from({length: view.array(name).shape[0]}, (_, i) => view.array(name).slice(i).values);
    this.places = rows('map_places');
    this.edges = rows('map_edges');
    this.answer = rows('map_answer');
    this.steps = Array.from(view.array('map_steps').values);
    this.drawing = html('div', {class: 'drawing'});
    this.element = html('figure', {class: 'panel', 'data-title': this.title}, this.drawing, saveMenu(this));
    cursor.listen(({step}) => this.mark(step));
  }

  /** The answer's step at a step of the sequence: those before it are walked. */
  mark(step) {
    for (const edge of this.element.querySelectorAll('.map-answer')) {
      const own = Number(edge.dataset.step);
      edge.classList.toggle('now', own === step);
      edge.classList.toggle('ahead', own > step && this.steps[0] <= step);
    }
  }

  render(width) {
    const margin = {x: 70, y: 34};
    const scale = Math.min(width - 2 * margin.x, 900);
    const depth = Math.max(...this.places.map(([, y]) => y));
    const left = (width - scale) / 2;
    const at = (station) => [left + this.places[station][0] * scale, margin.y + this.places[station][1] * scale];
    // Lines between the same two stations lie side by side.
    const beside = new Map();
    for (const [from, to, line] of this.edges) {
      const key = `${from} ${to}`;
      beside.set(key, [...(beside.get(key) ?? []), line]);
    }
    const ends = (from, to, line) => {
      const lines = beside.get(`${Math.min(from, to)} ${Math.max(from, to)}`) ?? [line];
      const [x1, y1] = at(Math.min(from, to)),
        [x2, y2] = at(Math.max(from, to));
      const length = Math.hypot(x2 - x1, y2 - y1) || 1;
      const shift = (Math.max(0, lines.indexOf(line)) - (lines.length - 1) / 2) * 5;
      const [dx, dy] = [(-(y2 - y1) / length) * shift, ((x2 - x1) / length) * shift];
      return {x1: x1 + dx, y1: y1 + dy, x2: x2 + dx, y2: y2 + dy};
    };
    const known = this.answer
      .map(([from, to, line], k) => ({from, to, line, step: this.steps[k]}))
      .filter(({from, to}) => from >= 0 && to >= 0);
    const passed = new Set(known.flatMap(({from, to}) => [from, to]));
    const drawn = (parts) => svg('line', parts);
    this.picture = svg(
      'svg',
      {
        width,
        height: depth * scale + 2 * margin.y,
        class: 'plot map',
        role: 'img',
        'aria-label': `Map. ${this.view.facts.question}: ${this.view.facts.answer}`,
      },
      svg('text', {class: 'title', x: 4, y: 15}, this.view.facts.question),
      ...known.map(({from, to, line, step}) =>
        drawn({class: 'map-answer', 'data-step': step, ...ends(from, to, line)}),
      ),
      // A rim keeps a black line visible on dark paper.
      ...this.edges.map(([from, to, line]) => drawn({class: 'map-rim', ...ends(from, to, line)})),
      ...this.edges.map(([from, to, line]) =>
        drawn({
          class: 'map-line',
          style: this.colours[line] ? `stroke: ${this.colours[line]}` : undefined,
          ...ends(from, to, line),
        }),
      ),
      ...this.stations.map((name, station) => {
        const [x, y] = at(station);
        return svg(
          'g',
          {class: passed.has(station) ? 'map-station passed' : 'map-station'},
          svg('circle', {cx: x, cy: y, r: 4}),
          svg('text', {x: x + 7, y: y - 7, class: 'tick'}, name),
        );
      }),
    );
    this.drawing.replaceChildren(this.picture);
    this.mark(this.cursor.step);
  }

  table() {
    const name = (names, index) => names[index] ?? '?';
    return {
      header: ['step', 'from', 'to', 'line'],
      rows: this.answer.map(([from, to, line], k) => [
        this.steps[k] + 1,
        name(this.stations, from),
        name(this.stations, to),
        name(this.lines, line),
      ]),
    };
  }
}

function mapGroups(view, cursor) {
  if (!view.array('map_places')) return [];
  const lines = view.facts.map_lines.split('|'),
    colours = view.facts.map_colours.split('|');
  const drawn = colours.some(Boolean)
    ? html(
        'p',
        {class: 'legend'},
        ...lines.map((name, line) =>
          html('span', {}, html('i', {class: 'map-key', style: `background: ${colours[line] || 'currentColor'}`}), name),
        ),
      )
    : null;
  return [
    {
      ...group(
        'The graph and the answer',
        'The model read the edges one by one, in random order and under labels drawn at random; the wide line is what it answered, the cursor’s step stands out.',
        new MapPanel({view, cursor}),
      ),
      legend: drawn,
      layout: 'wide',
    },
  ];
}
