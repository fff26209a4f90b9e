// Handwriting: the way of the pen, what the net expected at each point, and which character its window stood over.

/** The places of a pen: strokes [{first, places: [[x, y], …]}] in heights of an x from the line's start. */
function penStrokes(pen) {
  const strokes = [];
  let x = 0,
    y = 0,
    lifted = true;
  for (let t = 0; t < pen.shape[0]; ++t) {
    x += pen.values[3 * t];
    y += pen.values[3 * t + 1];
    if (lifted) strokes.push({first: t, places: []});
    strokes.at(-1).places.push([x, y]);
    lifted = pen.values[3 * t + 2] > 0.5;
  }
  return strokes;
}

/** [left, top, right, bottom] of the strokes. */
function penBox(strokes) {
  const places = strokes.flatMap((stroke) => stroke.places);
  const [xs, ys] = [0, 1].map((axis) => places.map((place) => place[axis]));
  return [Math.min(0, ...xs), Math.min(0, ...ys), Math.max(0, ...xs), Math.max(0, ...ys)];
}

/** A smooth curve through places, each piece in the direction of its neighbours; `at` maps a place to the drawing. */
function penPath(places, at) {
  const point = (i) => at(places[Math.min(places.length - 1, Math.max(0, i))]);
  const text = (x, y) => `${x.toFixed(1)} ${y.toFixed(1)}`;
  let path = `M${text(...point(0))}`;
  if (places.length === 1) return `${path}l0.1 0`; // a dot
  for (let i = 0; i + 1 < places.length; ++i) {
    const [before, from, to, after] = [i - 1, i, i + 1, i + 2].map(point);
    path += `C${text(from[0] + (to[0] - before[0]) / 6, from[1] + (to[1] - before[1]) / 6)} ${text(
      to[0] - (after[0] - from[0]) / 6,
      to[1] - (after[1] - from[1]) / 6,
    )} ${text(...to)}`;
  }
  return path;
}

/** A line of writing over its place on the paper; with a density below it, the map of where the net expected the pen.
 * What comes after the cursor's step is faint, and a ring shows where the pen is. */
class WritingPanel {
  constructor({view, pen, title, density, cursor, scale}) {
    Object.assign(this, {view, pen, title, density, cursor, most: scale});
    this.strokes = penStrokes(pen);
    this.box = density ? Array.from(view.array('density_box').values) : penBox(this.strokes);
    this.drawing = html('div', {class: 'drawing'});
    this.element = html('figure', {class: 'panel', 'data-title': title}, this.drawing, saveMenu(this));
    if (cursor) cursor.listen(({step}) => this.mark(step));
  }

  mark(step) {
    if (!this.at) return;
    for (const path of this.element.querySelectorAll('.pen path'))
      path.classList.toggle('ahead', Number(path.dataset.first) > step);
    const stroke = this.strokes.findLast(({first}) => first <= step);
    const place = stroke?.places[Math.min(step - stroke.first, stroke.places.length - 1)];
    const ring = this.element.querySelector('.pin circle');
    if (!place || !ring) return;
    const [x, y] = this.at(place);
    ring.setAttribute('cx', x);
    ring.setAttribute('cy', y);
  }

  render(width) {
    const [left, top, right, bottom] = this.box;
    const margin = {x: 12, y: 28, right: this.density ? 50 : 12};
    const scale = Math.min((width - margin.x - margin.right) / Math.max(right - left, 1), this.most ?? 34);
    this.at = ([x, y]) => [margin.x + (x - left) * scale, margin.y + (y - top) * scale];
    const height = (bottom - top) * scale;
    let image = null,
      bar = null;
    if (this.density) {
      const [rows, columns] = this.density.shape;
      // Where the net is sure its density is a thousand times that of where it is not: the root shows both.
      const roots = this.density.values.map(Math.sqrt);
      const shown = sequentialScale(extent(roots)[1] * 0.8);
      const all = Array.from({length: rows}, (_, i) => i);
      this.image ??= mapImage(all, columns, (row, column) => roots[row * columns + column], rampOf(shown), shown);
      image = svg('image', {
        x: margin.x,
        y: margin.y,
        width: (right - left) * scale,
        height,
        href: this.image,
        preserveAspectRatio: 'none',
      });
      bar = colourBar(margin.x + (right - left) * scale + 8, margin.y, height, {
        ...shown,
        high: shown.high ** 2,
      });
    }
    this.picture = svg(
      'svg',
      {
        width,
        height: height + 2 * margin.y - 10,
        class: 'plot',
        role: 'img',
        'aria-label': `${this.title}: ${this.strokes.length} strokes`,
      },
      svg('text', {class: 'title', x: 4, y: 15}, this.title),
      image,
      bar,
      svg(
        'g',
        {class: this.density ? 'pen over' : 'pen'},
        ...(this.density
          ? []
          : this.strokes.map(({first, places}) =>
              svg('path', {d: penPath(places, this.at), 'data-first': first}),
            )),
      ),
      this.cursor ? svg('g', {class: 'pin'}, svg('circle', {r: 5, cx: -9, cy: -9})) : null,
    );
    this.drawing.replaceChildren(this.picture);
    if (this.cursor) this.mark(this.cursor.step);
  }

  table() {
    const {values, shape} = this.pen;
    return {
      header: ['point', 'right', 'down', 'lifted'],
      rows: Array.from({length: shape[0]}, (_, t) => [t + 1, ...values.slice(3 * t, 3 * t + 3)].map(exactNumber)),
    };
  }
}

/** The character with the largest φ at each point. */
function readCharacters(strengths) {
  const [characters, points] = strengths.shape;
  return Array.from({length: points}, (_, t) => {
    let best = 0;
    for (let u = 1; u < characters; ++u)
      if (strengths.values[u * points + t] > strengths.values[best * points + t]) best = u;
    return best;
  });
}

const handwriting = {
  steps: (view) => view.array('pen').shape[0],
  readout(view, step) {
    const [right, down, lifted] = view.array('pen').values.slice(3 * step, 3 * step + 3);
    const strengths = view.array('strengths');
    const where = `${numberText(right)} right, ${numberText(down)} down${lifted > 0.5 ? ', then the pen is lifted' : ''}`;
    if (!strengths) return where;
    const text = [...view.facts.text];
    const at = readCharacters(strengths)[step];
    return `${where} · writes “${text[at]}” (character ${at + 1})`;
  },
  groups(view, cursor) {
    const pen = view.array('pen'),
      strengths = view.array('strengths');
    const line = new WritingPanel({view, pen, title: 'The line', cursor});
    const groups = [];
    if (strengths) {
      const text = [...view.facts.text];
      const alignment = mapPanel({
        cursor,
        array: strengths,
        title: 'φ(t, u)',
        rows: Array.from(text, (_, u) => u).reverse(),
        row_word: 'character',
        row_text: (u) => (text[u] === ' ' ? '␣' : text[u]),
        height: text.length * 15 + 1,
        column_word: 'point',
        scale: sequentialScale(extent(strengths.values)[1]),
        every_row: true,
      });
      groups.push({
        ...group(
          'The line, and the characters that its window stood over',
          'φ(t, u) = Σₖ aₖ exp(−bₖ (κₖ − u)²): how much character u counts for the point drawn at t (Graves 2013, eq. 46, fig. 13). Points follow each other at equal times.',
          line,
          alignment,
        ),
        layout: 'wide',
      });
    } else {
      groups.push({...group('The line', '', line), layout: 'wide'});
    }
    groups.push({
      ...group(
        'Where it expected the pen',
        'Density of each next point, seen from the point before it, summed over the line (Graves 2013, fig. 10): probability that falls into a square of 0.06 heights of an x. Narrow within a stroke, wide where the next one may begin.',
        new WritingPanel({view, pen, title: 'Density of the next position', density: view.array('density'), cursor}),
      ),
      layout: 'wide',
    });
    return groups;
  },
};

const handwriting_lines = {
  steps: () => 0,
  readout: () => '',
  groups(view) {
    const names = view.facts.lines.split('|');
    const pens = names.map((_, i) => view.array(`pen ${i + 1}`));
    const widest = Math.max(...pens.map((pen) => penBox(penStrokes(pen))[2]));
    const panels = names.map((title, i) => new WritingPanel({view, pen: pens[i], title, scale: Math.min(34, 1180 / widest)}));
    return [{...group(view.title, '', ...panels), layout: 'wide'}];
  },
};
