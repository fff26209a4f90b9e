// Learning curves, the test table, and the figures at the top of the page.

const rowsOfKind = (kind) => page_data.metrics.filter((row) => row.kind === kind);

/** The name of the figure that training is judged by. */
const headline = rowsOfKind('run').at(-1)?.headline ?? rowsOfKind('train').at(-1)?.unit ?? 'loss';

/** The loss of a density falls below 0, where a log scale has nothing to show. */
const below_zero = rowsOfKind('train').some(({loss}) => loss < 0);
const learning_choices = {x: 'sequences', y: 'log'};

/** At most `count` points that keep every peak and valley: first, lowest and highest of each stretch. */
function thinned(points, count) {
  if (points.length <= count) return points;
  const stretch = Math.ceil(points.length / (count / 3));
  const kept = [];
  for (let at = 0; at < points.length; at += stretch) {
    const part = points.slice(at, at + stretch);
    const low = part.reduce((one, other) => (other.y < one.y ? other : one));
    const high = part.reduce((one, other) => (other.y > one.y ? other : one));
    kept.push(...new Set([part[0], low, high].sort((one, other) => one.x - other.x)));
  }
  return kept;
}

/** The loss of training, and below it what training is judged by where that is another figure. */
function learningCharts() {
  const unit = rowsOfKind('train').at(-1)?.unit ?? headline;
  const validated = (name) => ({
    kind: 'validation',
    label: 'validation',
    style: 'one',
    figure: (row) => row[name],
  });
  const charts = [
    learningChart('Loss while training', unit, [
      {kind: 'train', label: 'training', style: 'faint', figure: (row) => row.loss},
      validated(unit),
    ]),
  ];
  if (headline !== unit) charts.push(learningChart('Validation', headline, [validated(headline)]));
  return charts.filter((chart) => chart !== null);
}

function learningChart(title, unit, curves) {
  const {x: axis} = learning_choices;
  const logarithmic = learning_choices.y === 'log' && !below_zero;
  const points = (kind, figure) =>
    thinned(
      rowsOfKind(kind)
        .map((row) => ({x: row[axis], y: figure(row)}))
        .filter(({x, y}) => Number.isFinite(x) && Number.isFinite(y) && (!logarithmic || y > 0)),
      3000,
    );
  const series = curves
    .map(({kind, label, style, figure}) => ({label, style, points: points(kind, figure)}))
    .filter((one) => one.points.length > 0);
  if (series.length === 0) return null;
  for (const one of series)
    Object.assign(one, {x: one.points.map(({x}) => x), y: one.points.map(({y}) => y)});
  const [low, high] = extent(series.flatMap(({y}) => y));
  const [, last] = extent(series.flatMap(({x}) => x));
  return new Chart({
    title,
    label: `${title}: ${unitText(unit)} against ${axis}, from ${numberText(series[0].y[0])} to ${numberText(series.at(-1).y.at(-1))}`,
    height: 280,
    series,
    x: {label: axis === 'seconds' ? 'wall time (s)' : 'sequences', low: 0, high: last || 1},
    y: {
      label: `${unitText(unit)}${logarithmic ? ', log scale' : ''}`,
      log: logarithmic,
      low: logarithmic ? Math.min(low * 0.8, high / 10) : Math.min(0, low * 1.05),
      high: high * (logarithmic ? 1.2 : 1.05) || 1,
    },
  });
}

function choice(name, current, options, onchoose) {
  return html(
    'span',
    {class: 'choice', role: 'group', 'aria-label': name},
    ...options.map(([value, text]) =>
      html(
        'button',
        {
          type: 'button',
          'data-value': value,
          'aria-pressed': String(value === current()),
          onclick: (event) => {
            onchoose(value);
            for (const button of event.currentTarget.parentElement.children) {
              button.setAttribute('aria-pressed', String(button.dataset.value === current()));
            }
          },
        },
        text,
      ),
    ),
  );
}

function learningSection() {
  if (rowsOfKind('train').length + rowsOfKind('validation').length === 0) return null;
  const holder = html('div', {class: 'panels'});
  const draw = () => {
    showPanels(holder, learningCharts());
  };
  const choose = (key) => (value) => {
    learning_choices[key] = value;
    address.write({[`curve-${key}`]: value});
    draw();
  };
  const section = html(
    'section',
    {id: 'learning'},
    html('h2', {}, 'Learning'),
    html(
      'div',
      {class: 'toolbar'},
      choice(
        'Horizontal axis',
        () => learning_choices.x,
        [
          ['sequences', 'sequences'],
          ['seconds', 'wall time'],
        ],
        choose('x'),
      ),
      below_zero
        ? null
        : choice(
            'Vertical axis',
            () => learning_choices.y,
            [
              ['log', 'log scale'],
              ['linear', 'linear'],
            ],
            choose('y'),
          ),
    ),
    holder,
  );
  draw();
  return section;
}

const kRunFields = ['kind', 'update', 'sequences', 'seconds'];

/** The last test of every setting: {settings: [names], figures: [names], rows}. A setting is a whole number. */
function testTable() {
  const rows = rowsOfKind('test');
  const names = [...new Set(rows.flatMap(Object.keys))].filter((name) => !kRunFields.includes(name));
  const is_setting = (name) =>
    !name.includes('_') && rows.every((row) => !(name in row) || Number.isInteger(row[name]));
  const settings = names.filter(is_setting);
  const latest = new Map(rows.map((row) => [settings.map((name) => row[name]).join(), row]));
  return {settings, figures: names.filter((name) => !settings.includes(name)), rows: [...latest.values()]};
}

function testSection() {
  const {settings, figures, rows} = testTable();
  if (rows.length === 0) return null;
  const names = [...settings, ...figures];
  return html(
    'section',
    {id: 'tests'},
    html('h2', {}, 'Tests'),
    html(
      'div',
      {class: 'scroll'},
      html(
        'table',
        {class: 'numbers'},
        html('thead', {}, html('tr', {}, ...names.map((name) => html('th', {scope: 'col'}, unitText(name))))),
        html(
          'tbody',
          {},
          ...rows.map((row) =>
            html(
              'tr',
              {},
              ...names.map((name) =>
                html(
                  name === settings[0] ? 'th' : 'td',
                  name === settings[0] ? {scope: 'row'} : {title: String(row[name])},
                  name in row ? numberText(row[name]) : '–',
                ),
              ),
            ),
          ),
        ),
      ),
    ),
  );
}

function summary() {
  const tiles = [];
  const last = page_data.metrics.filter((row) => 'sequences' in row && 'seconds' in row).at(-1);
  if (last) tiles.push([numberText(last.sequences), `sequences in ${secondsText(last.seconds)}`]);
  const best = Math.min(...rowsOfKind('validation').map((row) => row[headline] ?? Infinity));
  if (Number.isFinite(best)) tiles.push([numberText(best), `${unitText(headline)}, best validation`]);
  const {settings, figures, rows} = testTable();
  const hardest = rows.at(-1);
  const figure = ['gap_', 'wrong_', 'error_', '']
    .map((start) => figures.find((name) => name.startsWith(start)))
    .find(Boolean);
  if (hardest && figure in hardest) {
    // Tasks, unlike lengths, are no order of difficulty: their mean says more than the last of them.
    const of_tasks = settings.length === 1 && settings[0] === 'task' && rows.length > 1;
    const shown = of_tasks ? rows.reduce((sum, row) => sum + row[figure], 0) / rows.length : hardest[figure];
    const where = of_tasks ? [`mean of ${rows.length} tasks`] : settings.map((name) => `${name} ${hardest[name]}`);
    tiles.push([numberText(shown), [unitText(figure), ...where].join(', ')]);
  }
  return html(
    'div',
    {class: 'tiles'},
    ...tiles.map(([figure_text, text]) =>
      html('p', {}, html('strong', {}, figure_text), html('span', {}, text)),
    ),
  );
}
