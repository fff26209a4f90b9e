// One drawing with a time axis: frame, title, axis, cursor, exact values on hover. Maps, lines and strips
// differ in what they draw inside.

const kMargin = {left: 50, right: 50, top: 24, bottom: 26};
const kWordCell = 8; // pixels of a step from which its word fits under it

const tooltip = html('div', {class: 'tooltip', role: 'presentation', hidden: true});

function showTooltip(event, lines) {
  tooltip.replaceChildren(...lines.map((line, i) => html(i === 0 ? 'strong' : 'span', {}, line)));
  tooltip.hidden = false;
  const {width, height} = tooltip.getBoundingClientRect();
  const left = event.clientX + 14 + width > innerWidth ? event.clientX - width - 14 : event.clientX + 14;
  const top = event.clientY + 14 + height > innerHeight ? event.clientY - height - 14 : event.clientY + 14;
  tooltip.style.transform = `translate(${Math.max(0, left)}px, ${Math.max(0, top)}px)`;
}

/**
 * A panel is told:
 *   title, label   what it shows; label is the accessible description
 *   steps          how many steps the time axis has
 *   height         of the plot area, in pixels
 *   cursor         the TimeCursor of its view
 *   due            which steps ask for an answer, [step] of 0 and 1, or undefined
 *   draw(area)     returns the SVG inside; area = {x, y, width, height, cell}
 *   describe(step, share)  lines of text for a step and a height share 0..1 (null from the keyboard)
 *   table()        {header: [...], rows: [[...]]} for the CSV file
 * and may be told:
 *   brief(step)    a few words for the corner: what is so at the cursor
 *   column_word, column_text(step)   what a column is and how it is written, when it is not a step
 *   margin         other margins
 *   ticks          false: no numbers on the time axis
 *   step_words     the word at each step; they stand along the axis where there is room
 *   step_support   1 at the steps that an answer rests on
 */
class TimePanel {
  constructor(parts) {
    Object.assign(
      this,
      {column_word: 'step', column_text: (step) => String(step + 1), margin: kMargin, ticks: true},
      parts,
    );
    this.drawing = html('div', {class: 'drawing'});
    this.element = html('figure', {class: 'panel', 'data-title': this.title}, this.drawing, saveMenu(this));
    this.cursor.listen(() => this.placeCursor());
  }

  render(width) {
    const {left, right, top} = this.margin;
    const area = {x: left, y: top, width: width - left - right, height: this.height};
    area.cell = area.width / this.steps;
    this.worded = this.step_words !== undefined && area.cell >= kWordCell;
    const bottom = this.worded ? 8 + 5.6 * Math.max(...this.step_words.map((word) => word.length)) : this.margin.bottom;
    this.area = area;
    this.marker = svg('rect', {
      class: 'cursor',
      y: area.y,
      height: area.height,
      width: Math.max(1.5, area.cell),
    });
    this.readout = svg('text', {class: 'readout', x: width - 4, y: 15, 'text-anchor': 'end'});
    const picture = svg(
      'svg',
      {
        width,
        height: top + this.height + bottom,
        role: 'img',
        'aria-label': this.label ?? this.title,
        class: 'plot',
        onpointermove: (event) => this.pointed(event),
        onpointerleave: () => {
          tooltip.hidden = true;
        },
        onclick: (event) => this.cursor.toggleLock(this.stepAt(event)),
      },
      svg('text', {class: 'title', x: 4, y: 15}, this.title),
      this.readout,
      this.draw(area),
      this.timeAxis(area),
      this.marker,
    );
    this.picture = picture;
    this.drawing.replaceChildren(picture);
    this.placeCursor();
  }

  timeAxis({x, y, width, height, cell}) {
    const base = y + height;
    const ticks = roundTicks(1, this.steps, Math.max(2, Math.floor(width / 70))).filter(
      (tick) => Number.isInteger(tick) && tick >= 1,
    );
    const axis = svg('g', {class: 'axis'}, svg('rect', {x, y, width, height, class: 'frame'}));
    if (this.worded) {
      axis.append(
        ...this.step_words.map((word, step) =>
          svg(
            'text',
            {
              class: this.step_support?.[step] ? 'tick step-word support' : 'tick step-word',
              transform: `translate(${x + (step + 0.5) * cell} ${base + 7}) rotate(-90)`,
              'text-anchor': 'end',
              'dominant-baseline': 'central',
            },
            word,
          ),
        ),
      );
    }
    for (const tick of this.ticks && !this.worded ? new Set([1, ...ticks]) : []) {
      const at = x + (tick - 0.5) * cell;
      axis.append(
        svg('line', {x1: at, x2: at, y1: base + 5, y2: base + 8}),
        svg(
          'text',
          {x: at, y: base + 19, 'text-anchor': 'middle', class: 'tick'},
          this.column_text(tick - 1),
        ),
      );
    }
    if (this.ticks && !this.worded && this.margin.right > 40) {
      axis.append(svg('text', {x: x + width + 8, y: base + 19, class: 'tick'}, this.column_word));
    }
    if (this.due) {
      for (const [first, end] of runs(this.due, this.steps)) {
        if (this.due[first] === 0) continue;
        axis.append(
          svg('rect', {
            x: x + first * cell,
            y: base + 1.5,
            width: (end - first) * cell,
            height: 3,
            class: 'due',
          }),
        );
      }
    }
    return axis;
  }

  placeCursor() {
    if (!this.marker) return;
    const {step, locked} = this.cursor;
    this.marker.toggleAttribute('hidden', step >= this.steps);
    if (step >= this.steps) return;
    this.marker.setAttribute('x', this.area.x + step * this.area.cell);
    this.marker.classList.toggle('locked', locked);
    const words = this.brief ? this.brief(step) : '';
    const room = this.area.width + this.margin.left + this.margin.right - 8 * this.title.length - 40;
    this.readout.textContent = 6 * words.length < room ? words : '';
  }

  stepAt(event) {
    const box = this.picture.getBoundingClientRect();
    const step = Math.floor((event.clientX - box.left - this.area.x) / this.area.cell);
    return Math.min(this.steps - 1, Math.max(0, step));
  }

  pointed(event) {
    const box = this.picture.getBoundingClientRect();
    const share = (event.clientY - box.top - this.area.y) / this.area.height;
    const step = this.stepAt(event);
    this.cursor.hover(step);
    if (share < 0 || share >= 1) tooltip.hidden = true;
    else
      showTooltip(event, [
        `${this.title}, ${this.column_word} ${this.column_text(step)}${this.step_words ? `, “${this.step_words[step]}”` : ''}`,
        ...this.describe(step, share),
      ]);
  }
}

/** Stretches of equal values: [[first, end), …]. */
function runs(values, count) {
  const found = [];
  for (let first = 0, at = 1; at <= count; ++at) {
    if (at < count && values[at] === values[first]) continue;
    found.push([first, at]);
    first = at;
  }
  return found;
}

/** Row labels at the left of a panel. */
function rowLabels(area, labels) {
  return svg(
    'g',
    {},
    ...labels.map(([share, text]) =>
      svg(
        'text',
        {
          x: area.x - 6,
          y: area.y + share * area.height,
          class: 'tick',
          'text-anchor': 'end',
          'dominant-baseline': 'central',
        },
        text,
      ),
    ),
  );
}

/** A map of array [row, time]. `rows` lists the rows to draw, top to bottom, with `every_row` each with its text;
 * `marks(area)` draws over it. */
function mapPanel({
  array,
  rows,
  row_word,
  row_text = String,
  every_row = false,
  scale = scaleFor(array),
  bar = true,
  marks,
  ...parts
}) {
  const steps = array.shape[1];
  const shown = rows ?? Array.from({length: array.shape[0]}, (_, i) => i);
  const value = (row, step) => array.values[row * steps + step];
  const rank = (row, step) => {
    let above = 1;
    for (let other = 0; other < array.shape[0]; ++other) above += value(other, step) > value(row, step);
    return above;
  };
  const images = new Map(); // by ramp
  return new TimePanel({
    ...parts,
    steps,
    draw(area) {
      const ramp = rampOf(scale);
      if (!images.has(ramp)) images.set(ramp, mapImage(shown, steps, value, ramp, scale));
      const every = Math.max(1, Math.ceil(shown.length / Math.max(2, area.height / 15)));
      const round = every_row ? 1 : [1, 2, 4, 5, 8, 10, 16, 20, 32, 64, 128].find((step) => step >= every) ?? every;
      const labels = shown
        .map((row, i) => [(i + 0.5) / shown.length, row])
        .filter(([, row]) => every_row || row % round === 0);
      return svg(
        'g',
        {},
        svg('image', {
          x: area.x,
          y: area.y,
          width: area.width,
          height: area.height,
          href: images.get(ramp),
          preserveAspectRatio: 'none',
          style: 'image-rendering: pixelated',
        }),
        svg(
          'g',
          {class: every_row ? 'fine' : undefined},
          rowLabels(
            area,
            labels.map(([share, row]) => [share, row_text(row)]),
          ),
        ),
        area.x < 30 || every_row
          ? null
          : svg(
              'text',
              {
                class: 'tick',
                transform: `translate(12 ${area.y + area.height / 2}) rotate(-90)`,
                'text-anchor': 'middle',
              },
              row_word,
            ),
        bar ? colourBar(area.x + area.width + 8, area.y, area.height, scale) : null,
        marks ? marks(area, shown) : null,
      );
    },
    describe(step, share) {
      const row = shown[Math.floor(share * shown.length)];
      return [
        `${row_word} ${row_text(row)}: ${exactNumber(value(row, step))}`,
        `rank ${rank(row, step)} of ${array.shape[0]}`,
      ];
    },
    table: () => ({
      header: [row_word, ...Array.from({length: steps}, (_, t) => `step ${t + 1}`)],
      rows: Array.from({length: array.shape[0]}, (_, row) => [
        row_text(row),
        ...Array.from(array.values.subarray(row * steps, (row + 1) * steps), exactNumber),
      ]),
    }),
  });
}

/** Names beside the right ends of lines, pushed apart where they would meet. */
function endLabels(area, labels) {
  const sorted = [...labels].sort((one, other) => one.at - other.at);
  sorted.forEach((label, i) => {
    label.at = Math.max(label.at, area.y + 4, i === 0 ? 0 : sorted[i - 1].at + 12);
  });
  const excess = Math.max(0, (sorted.at(-1)?.at ?? 0) - (area.y + area.height));
  return svg(
    'g',
    {},
    ...sorted.map(({label, style, at}) =>
      svg(
        'text',
        {
          x: area.x + area.width + 6,
          y: at - excess,
          class: `tick series-name ${style}`,
          'dominant-baseline': 'central',
        },
        label,
      ),
    ),
  );
}

/** Lines over time. series: [{label, values, style}] with style 'one', 'two', 'dots'. */
function linePanel({series, low, high, unit = '', ...parts}) {
  const steps = series[0].values.length;
  const y = (area, value) =>
    area.y + area.height * (1 - (Math.min(high, Math.max(low, value)) - low) / (high - low));
  return new TimePanel({
    ...parts,
    steps,
    brief: (step) => series.map(({label, values}) => `${label} ${numberText(values[step])}`).join(' · '),
    draw(area) {
      const middle = (step) => area.x + (step + 0.5) * area.cell;
      const ticks = roundTicks(low, high, Math.max(2, Math.floor(area.height / 28)));
      const drawn = series.map(({values, style}) =>
        style === 'dots'
          ? svg(
              'g',
              {class: 'series dots'},
              ...Array.from(values, (value, t) =>
                svg('circle', {
                  cx: middle(t),
                  cy: y(area, value),
                  r: Math.min(2.4, Math.max(1.2, area.cell / 2)),
                }),
              ),
            )
          : svg('polyline', {
              class: `series ${style}`,
              points: Array.from(
                values,
                (value, t) => `${middle(t).toFixed(2)},${y(area, value).toFixed(2)}`,
              ).join(' '),
            }),
      );
      return svg(
        'g',
        {},
        ...ticks.map((tick) =>
          svg('line', {
            class: 'grid',
            x1: area.x,
            x2: area.x + area.width,
            y1: y(area, tick),
            y2: y(area, tick),
          }),
        ),
        rowLabels(
          area,
          ticks.map((tick) => [(y(area, tick) - area.y) / area.height, numberText(tick)]),
        ),
        unit === ''
          ? null
          : svg(
              'text',
              {
                class: 'tick',
                transform: `translate(12 ${area.y + area.height / 2}) rotate(-90)`,
                'text-anchor': 'middle',
              },
              unit,
            ),
        ...drawn,
        endLabels(
          area,
          series
            .filter(({style}) => style !== 'dots')
            .map(({label, values, style}) => ({label, style, at: y(area, values[steps - 1])})),
        ),
      );
    },
    describe: (step) => series.map(({label, values}) => `${label}: ${exactNumber(values[step])}`),
    table: () => ({
      header: ['step', ...series.map(({label}) => label)],
      rows: Array.from({length: steps}, (_, t) => [
        t + 1,
        ...series.map(({values}) => exactNumber(values[t])),
      ]),
    }),
  });
}

/** Words over time as coloured stretches: rows [{label, values}] hold indices into `words`. */
function stripPanel({rows, words, classes, ...parts}) {
  const steps = rows[0].values.length;
  return new TimePanel({
    ...parts,
    steps,
    brief: (step) => rows.map(({values}) => words[values[step]]).join(', '),
    draw(area) {
      const height = area.height / rows.length;
      const strip = svg('g', {});
      rows.forEach(({values}, row) => {
        for (const [first, end] of runs(values, steps)) {
          const width = (end - first) * area.cell;
          const top = area.y + row * height;
          strip.append(
            svg('rect', {
              x: area.x + first * area.cell,
              y: top + 1,
              width,
              height: height - 2,
              class: `mode ${classes[values[first]]}`,
            }),
          );
          if (width > 6.2 * words[values[first]].length + 6) {
            strip.append(
              svg(
                'text',
                {
                  x: area.x + first * area.cell + width / 2,
                  y: top + height / 2,
                  class: `mode-word ${classes[values[first]] === 'mode-location' ? 'on-location' : ''}`,
                  'text-anchor': 'middle',
                  'dominant-baseline': 'central',
                },
                words[values[first]],
              ),
            );
          }
        }
      });
      strip.append(
        rowLabels(
          area,
          rows.map(({label}, row) => [(row + 0.5) / rows.length, label]),
        ),
      );
      return strip;
    },
    describe: (step, share) => [words[rows[Math.floor(share * rows.length)].values[step]]],
    table: () => ({
      header: ['step', ...rows.map(({label}) => label)],
      rows: Array.from({length: steps}, (_, t) => [t + 1, ...rows.map(({values}) => words[values[t]])]),
    }),
  });
}
