// Handwriting that was read: the way of the pen, coloured by what the chosen character listened to.

/** Pen traces are drawn so many pixels to the height of an x, where the page is wide enough. */
const kPenScale = 84;

/** The text's characters at the moments when they were said, above the trace; the chosen one's derivative on it. */
class PenPanel {
  constructor({view, cursor}) {
    Object.assign(this, {view, cursor, title: 'What the character listened to'});
    const values = (name) => Array.from(view.array(name).values);
    this.text = view.facts.text;
    for (const name of ['x', 'y', 'stroke_end', 'character', 'delayed', 'label', 'probability', 'said_step'])
      this[name] = values(name);
    this.drawing = html('div', {class: 'drawing'});
    this.element = html('figure', {class: 'panel', 'data-title': this.title}, this.drawing, saveMenu(this));
    cursor.listen(() => this.mark());
    document.addEventListener('themechange', () => this.mark());
  }

  felt(character) {
    return this.view.array('sensitivity').slice(character).values;
  }

  /** Share of what a character felt that lies on the points of `owner` that were put off. */
  share(character, owner) {
    let on = 0,
      all = 0;
    this.felt(character).forEach((value, point) => {
      all += value;
      if (this.delayed[point] && this.character[point] === owner) on += value;
    });
    return all === 0 ? 0 : on / all;
  }

  /** Colours of the trace and the chosen letter, for the cursor's character. */
  mark() {
    if (!this.picture) return;
    const felt = this.felt(this.cursor.step);
    const highest = Math.max(...felt) || 1;
    const ramp = ramps.sequential.colours;
    const dark = document.documentElement.dataset.theme === 'dark';
    // The end of the scale that is like the paper stands for nothing felt.
    const colour = (value) => {
      const share = Math.min(1, Math.sqrt(value / highest));
      return ramp[Math.round(255 * (dark ? 0.12 + 0.88 * share : 0.88 * (1 - share)))];
    };
    for (const line of this.picture.querySelectorAll('[data-point]')) {
      const value = felt[Number(line.dataset.point)];
      line.style.stroke = colour(value);
      line.style.strokeWidth = String(2 + 5 * Math.sqrt(value / highest));
    }
    for (const letter of this.picture.querySelectorAll('[data-letter]'))
      letter.classList.toggle('now', Number(letter.dataset.letter) === this.cursor.step);
  }

  render(width) {
    const [left, right] = extent(this.x),
      [top, bottom] = extent(this.y);
    const margin = {x: 24, top: 76, bottom: 20};
    const scale = Math.min(kPenScale, (width - 2 * margin.x) / Math.max(1, right - left));
    const shift = (width - (right - left) * scale) / 2;
    const at = (point) => [shift + (this.x[point] - left) * scale, margin.top + (this.y[point] - top) * scale];
    const lines = [];
    for (let point = 1; point < this.x.length; ++point) {
      if (this.stroke_end[point - 1]) continue;
      const [x1, y1] = at(point - 1),
        [x2, y2] = at(point);
      lines.push(svg('line', {class: 'pen-way', 'data-point': point, x1, y1, x2, y2}, svg('title', {}, this.words(point))));
    }
    // Letters said close to each other must not cover each other.
    const places = this.said_step.map((step) => at(step)[0]);
    const order = places.map((_, i) => i).sort((a, b) => places[a] - places[b]);
    const shown = [...places];
    order.forEach((letter, rank) => {
      if (rank > 0) shown[letter] = Math.max(shown[letter], shown[order[rank - 1]] + 15);
    });
    const letters = this.said_step.map((step, letter) => {
      const [x, y] = at(step);
      return svg(
        'g',
        {
          class: 'pen-letter',
          'data-letter': letter,
          role: 'button',
          tabindex: 0,
          'aria-label': `Character ${letter + 1}: ${this.text[letter]}`,
          onclick: () => this.cursor.move(letter),
          onkeydown: (event) => {
            if (event.key !== 'Enter' && event.key !== ' ') return;
            event.preventDefault();
            event.stopPropagation();
            this.cursor.move(letter);
          },
        },
        svg('path', {d: `M${shown[letter]} 46L${x} ${Math.max(52, y - 4)}`}),
        svg('rect', {x: shown[letter] - 8, y: 26, width: 16, height: 21, rx: 3}),
        svg('text', {x: shown[letter], y: 41, 'text-anchor': 'middle'}, this.text[letter]),
      );
    });
    this.picture = svg(
      'svg',
      {
        width,
        height: margin.top + (bottom - top) * scale + margin.bottom,
        class: 'plot pen',
        role: 'img',
        'aria-label': `The handwritten text ${this.text}, coloured by the derivative of one character’s output`,
      },
      svg('text', {class: 'title', x: 4, y: 15}, `${this.title}: pick it above the trace, where it was said`),
      ...letters,
      ...lines,
    );
    this.drawing.replaceChildren(this.picture);
    this.mark();
  }

  words(point) {
    const owner = this.text[this.character[point]] ?? '?';
    return `point ${point + 1} of ${this.x.length}, of ‘${owner}’${this.delayed[point] ? ', put off to the end of the word' : ''}`;
  }

  table() {
    const chosen = this.felt(this.cursor.step);
    return {
      header: ['point', 'x', 'y', 'of', 'delayed', `sensitivity of ${this.text[this.cursor.step]}`],
      rows: Array.from(chosen, (value, point) => [
        point + 1,
        exactNumber(this.x[point]),
        exactNumber(this.y[point]),
        this.text[this.character[point]] ?? '',
        this.delayed[point],
        exactNumber(value),
      ]),
    };
  }
}

/** For every dot or cross that was put off: how much of each character's derivative lies on it. */
function delayedShares(panel) {
  const owners = [...new Set(panel.character.filter((_, point) => panel.delayed[point]))];
  if (owners.length === 0) return null;
  const points = panel.x.length;
  const percent = (share) => `${(100 * share).toFixed(1)} %`;
  return html(
    'table',
    {class: 'shares'},
    html(
      'thead',
      {},
      html(
        'tr',
        {},
        html('th', {}, 'put off, of'),
        html('th', {}, 'share of the points'),
        ...Array.from(panel.text, (letter) => html('th', {}, `by ${letter}`)),
      ),
    ),
    html(
      'tbody',
      {},
      ...owners.map((owner) =>
        html(
          'tr',
          {},
          html('th', {}, `${panel.text[owner]} (${owner + 1})`),
          html('td', {}, percent(panel.character.filter((of, point) => of === owner && panel.delayed[point]).length / points)),
          ...Array.from(panel.text, (_, by) =>
            html('td', {class: by === owner ? 'own' : ''}, percent(panel.share(by, owner))),
          ),
        ),
      ),
    ),
  );
}

const pen_jacobian = {
  steps: (view) => view.array('said_step').shape[0],
  readout(view, character) {
    const step = view.array('said_step').values[character];
    return `‘${view.facts.text[character]}’ was said at point ${step + 1} of ${view.array('x').shape[0]}`;
  },
  groups(view, cursor) {
    const panel = new PenPanel({view, cursor});
    const points = view.array('x').shape[0];
    const point_cursor = new TimeCursor(points, () => {});
    const map = mapPanel({
      cursor: point_cursor,
      array: view.array('sensitivity'),
      title: 'Every character by every point',
      row_word: 'character',
      row_text: (row) => view.facts.text[row],
      column_word: 'point',
      height: 22 * view.array('sensitivity').shape[0],
      scale: sequentialScale(Math.max(1e-12, extent(view.array('sensitivity').values)[1])),
    });
    return [
      {
        ...group(
          'The trace as one character felt it',
          'The sequential Jacobian: the length of the derivative of the character’s output, before the softmax, at the point where it was said, by the four inputs of every point (Graves et al. 2009). Nothing in the network attends; what an output depends on is its attention.',
          panel,
        ),
        layout: 'wide',
      },
      {
        ...group(
          'Who listens to the strokes that were put off',
          'Dots and crosses come after the word. The share of a character’s derivative that lies on such a stroke, beside the stroke’s share of the points.',
        ),
        layout: 'wide',
        legend: delayedShares(panel),
      },
      {
        ...group('The whole Jacobian', 'Rows are the characters, columns the points in the order of writing.', map),
        layout: 'wide',
      },
    ];
  },
};
